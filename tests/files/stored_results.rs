//! Results and settings are stored in any format of serde (feature `serde`) and read again, unchanged.

use backprop::{
    Activation, Adam, Average, Dataset, History, Init, Loss, Mlp, RobustLoss, Trainer,
    rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng},
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

#[track_caller]
fn assert_restored<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T, expected: &str) {
    let text = serde_json::to_string(&value).unwrap();
    assert_eq!(text, expected);
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), value);
}

#[test]
fn settings_are_stored_by_their_names() {
    assert_restored(Activation::Tanh, r#""Tanh""#);
    assert_restored(Activation::LeakyRelu(0.01), r#"{"LeakyRelu":0.01}"#);
    assert_restored(Loss::SmoothCrossEntropy { smoothing: 0.1 }, r#"{"SmoothCrossEntropy":{"smoothing":0.1}}"#);
    assert_restored(Init::HeNormal, r#""HeNormal""#);
    assert_restored(RobustLoss::Huber(1.5), r#"{"Huber":1.5}"#);
    assert_restored(Average::Macro, r#""Macro""#);
    assert!(serde_json::from_str::<Activation>(r#""Tan""#).is_err());
}

#[test]
fn history_is_restored_bit_for_bit() {
    let data = Dataset::new([[0.0], [1.0], [2.0], [3.0]], [[1.0], [3.0], [2.0], [4.0]]).unwrap();
    let mut net =
        Mlp::<f64>::new(1, [(3, Activation::Tanh), (1, Activation::Identity)], &mut SomeRng::seed_from_u64(1)).unwrap();
    let mut trainer = Trainer::new(Loss::MeanSquaredError, Adam::new(0.1)).epochs(20).validation_split(0.25);
    let history = trainer.fit(&mut net, &data).unwrap();
    let text = serde_json::to_string(&history).unwrap();
    assert_eq!(serde_json::from_str::<History>(&text).unwrap(), history);
}
