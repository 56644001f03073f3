//! Policy gradients: a network learns to balance a pole on a cart.
//!
//! ```text
//! cargo run --release --example cartpole -- --seed 1 --updates 150
//! ```
//!
//! The cart is pushed to the left or to the right at each step, and an episode ends when the pole leans by more than 12°,
//! when the cart leaves its track, or after 500 steps. After some episodes, REINFORCE makes the actions more probable
//! that were followed by more steps than usual.

use backprop::rand::{Rng, RngExt, SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
use backprop::{Activation, Adam, Error, Loss, Mlp, Scalar, TrainState};
use clap::Parser;
use std::iter::successors;

#[derive(Parser)]
struct Options {
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of updates of the policy, each after 16 episodes
    #[arg(long, default_value_t = 100)]
    updates: usize,
}

/// The cart and the pole of Barto, Sutton and Anderson 1983, with the numbers of Gymnasium's CartPole-v1.
struct CartPole {
    x: f64,
    speed: f64,
    angle: f64,
    turn: f64,
}

impl CartPole {
    fn new(rng: &mut impl Rng) -> CartPole {
        let [x, speed, angle, turn] = [(); 4].map(|()| rng.random_range(-0.05..0.05));
        CartPole { x, speed, angle, turn }
    }

    /// Pushes the cart to the left (0) or to the right (1); returns false if the episode ends.
    fn push(&mut self, action: usize) -> bool {
        const CART: f64 = 1.0;
        const POLE: f64 = 0.1;
        const HALF_LENGTH: f64 = 0.5;
        const STEP: f64 = 0.02;
        let force = if action == 1 { 10.0 } else { -10.0 };
        let (sin, cos) = self.angle.sin_cos();
        let pull = (force + POLE * HALF_LENGTH * self.turn.powi(2) * sin) / (CART + POLE);
        let turning = (9.8 * sin - cos * pull) / (HALF_LENGTH * (4.0 / 3.0 - POLE * cos.powi(2) / (CART + POLE)));
        let acceleration = pull - POLE * HALF_LENGTH * turning * cos / (CART + POLE);
        self.x += STEP * self.speed;
        self.speed += STEP * acceleration;
        self.angle += STEP * self.turn;
        self.turn += STEP * turning;
        self.x.abs() <= 2.4 && self.angle.abs() <= 12.0_f64.to_radians()
    }

    fn state(&self) -> [f64; 4] {
        [self.x, self.speed, self.angle, self.turn]
    }
}

/// The states and actions of an episode.
type Episode = (Vec<[f64; 4]>, Vec<[f64; 1]>);

fn play(policy: &Mlp<f64>, rng: &mut impl Rng) -> Result<Episode, Error> {
    let (mut pole, mut running, mut states, mut actions) = (CartPole::new(rng), true, Vec::new(), Vec::new());
    while running && states.len() < 500 {
        let logits = policy.forward(&pole.state())?;
        let action = usize::from(rng.random_bool((logits[1] - logits[0]).sigmoid()));
        states.push(pole.state());
        actions.push([action as f64]);
        running = pole.push(action);
    }
    Ok((states, actions))
}

/// Returns the discounted numbers of steps that follow each step, minus their mean, in units of their deviation.
fn advantages(episodes: &[Episode]) -> Vec<f64> {
    let mut returns = Vec::new();
    for (states, _) in episodes {
        let sums: Vec<f64> = successors(Some(1.0), |sum| Some(1.0 + 0.99 * sum)).take(states.len()).collect();
        returns.extend(sums.iter().rev());
    }
    let mean = returns.iter().sum::<f64>() / returns.len() as f64;
    let deviation = (returns.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / returns.len() as f64).sqrt();
    returns.iter().map(|x| (x - mean) / (deviation + 1e-8)).collect()
}

fn main() -> Result<(), Error> {
    let options = Options::parse();
    let mut rng = SomeRng::seed_from_u64(options.seed);
    let policy = Mlp::<f64>::new(4, [(32, Activation::Tanh), (2, Activation::Identity)], &mut rng)?;
    let mut state = TrainState::new(policy, Adam::new(0.01));
    for update in 1..=options.updates {
        let episodes = (0..16).map(|_| play(&state.net, &mut rng)).collect::<Result<Vec<_>, _>>()?;
        let weights = advantages(&episodes);
        let steps = episodes.iter().map(|(states, _)| states.len()).sum::<usize>() as f64 / 16.0;
        let (states, actions): (Vec<_>, Vec<_>) = episodes.into_iter().unzip();
        // −ln p of each action that was taken, times its advantage
        let loss = Loss::CrossEntropy.with_sample_weights(&weights);
        state.train_on_batch(states.concat(), actions.concat(), loss)?;
        if update % 10 == 0 {
            println!("update {update}: {steps:.0} steps");
        }
    }
    let steps: usize =
        (0..100).map(|_| play(&state.net, &mut rng).map(|(states, _)| states.len())).sum::<Result<_, _>>()?;
    let mean = steps as f64 / 100.0;
    println!("steps of 100 episodes: {mean:.1}, {}", if mean >= 475.0 { "solved" } else { "not solved" });
    Ok(())
}
