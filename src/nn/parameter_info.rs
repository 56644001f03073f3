//! [`ParameterInfo`]: the name, the shape and the indices of a matrix of parameters.

/// The name and the shape of weights or biases, and their indices among all parameters of a module.
///
/// Files store parameters by it, and regularization distinguishes weights from biases by it.
///
/// # Examples
/// ```
/// use backprop::rand::{SeedableRng, rngs::Xoshiro256PlusPlus as SomeRng};
/// use backprop::{Activation, Mlp, Parameters};
///
/// let mut rng = SomeRng::seed_from_u64(1);
/// let net = Mlp::<f64>::new(3, [(2, Activation::Tanh), (1, Activation::Identity)], &mut rng)?;
/// let infos = net.parameter_info();
/// let names: Vec<&str> = infos.iter().map(|info| info.name()).collect();
/// assert_eq!(names, ["0.weight", "0.bias", "2.weight", "2.bias"]); // as in torch.nn.Sequential, where tanh is 1
/// assert_eq!(infos[0].shape(), [2, 3]);
/// assert_eq!(infos[1].indices().collect::<Vec<_>>(), [3, 7]); // each after the three weights of its neuron
/// # Ok::<(), backprop::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterInfo {
    name: String,
    shape: Vec<usize>,
    /// The index of the first element among the parameters.
    first: usize,
    /// The distance from one row to the next, or with a single dimension from one element to the next.
    stride: usize,
    is_bias: bool,
}

impl ParameterInfo {
    /// Returns the name, as in PyTorch: `0.weight`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the sizes of the dimensions: the numbers of rows and columns; for a row of biases their number alone; more
    /// for a [`Parameter::with_shape`](crate::Parameter::with_shape).
    pub fn shape(&self) -> &[usize] {
        &self.shape
    }

    /// Returns true for biases: those of a layer, or those created by [`Parameter::bias`](crate::Parameter::bias).
    ///
    /// They are not regularized.
    pub fn is_bias(&self) -> bool {
        self.is_bias
    }

    /// Returns the number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().product()
    }

    /// Returns the indices of the elements among the parameters of the module, row by row.
    pub fn indices(&self) -> impl Iterator<Item = usize> + '_ {
        let columns: usize = self.shape[1..].iter().product();
        let rows = (0..self.shape[0]).map(|row| self.first + row * self.stride);
        rows.flat_map(move |start| start..start + columns)
    }

    /// Returns the infos of a layer, in which the weights of each neuron are followed by its bias.
    pub(super) fn of_layer(inputs: usize, outputs: usize) -> Vec<ParameterInfo> {
        let stride = inputs + 1;
        let info =
            |name: &str, shape, first, is_bias| ParameterInfo { name: name.into(), shape, first, stride, is_bias };
        vec![info("weight", vec![outputs, inputs], 0, false), info("bias", vec![outputs], inputs, true)]
    }

    /// Returns the info of a single matrix without a name; a single row of biases has one dimension.
    pub(super) fn of_matrix([rows, columns]: [usize; 2], is_bias: bool) -> Vec<ParameterInfo> {
        let (shape, stride) = if is_bias && rows == 1 { (vec![columns], 1) } else { (vec![rows, columns], columns) };
        vec![ParameterInfo { name: String::new(), shape, first: 0, stride, is_bias }]
    }

    /// Returns the info of values without a name that have these dimensions, in row-major order.
    pub(super) fn of_tensor(shape: &[usize], is_bias: bool) -> Vec<ParameterInfo> {
        let stride = shape[1..].iter().product();
        vec![ParameterInfo { name: String::new(), shape: shape.to_vec(), first: 0, stride, is_bias }]
    }

    /// Joins the infos of the parts of a module, in order, with the name of each part as a prefix.
    #[doc(hidden)]
    pub fn of_parts<N: ToString>(parts: impl IntoIterator<Item = (N, Vec<ParameterInfo>)>) -> Vec<ParameterInfo> {
        let (mut all, mut first) = (Vec::new(), 0);
        for (name, infos) in parts {
            let count: usize = infos.iter().map(ParameterInfo::count).sum();
            all.extend(infos.into_iter().map(|info| {
                let dot = if info.name.is_empty() { "" } else { "." };
                ParameterInfo {
                    name: format!("{}{dot}{}", name.to_string(), info.name),
                    first: first + info.first,
                    ..info
                }
            }));
            first += count;
        }
        all
    }
}
