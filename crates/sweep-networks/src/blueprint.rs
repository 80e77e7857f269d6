//! A network as named layers with their sizes, before it has any weights.

use crate::layer::LayerKind;

/// A network's layers in running order.
#[derive(Debug, Clone, PartialEq)]
pub struct Blueprint {
    /// The layers; the last one gives the logits.
    pub layers: Vec<NamedLayer>,
}

/// A layer with its place in the network.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedLayer {
    /// The module's name in PyTorch, which begins the names of its parameters: `firstconv.0`.
    pub name: String,
    /// What it does.
    pub kind: LayerKind,
    /// What it reads.
    pub inputs: Vec<Input>,
    /// Shape of its output without the batch axis: `[plane, height, time]`, or `[feature]` behind the flattening.
    pub output: Vec<usize>,
}

/// What a layer reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Input {
    /// The trials, one plane of `[channel, time]`.
    Trials,
    /// The output of the layer with this number, which runs before.
    Layer(usize),
}

impl Blueprint {
    /// Whether every layer reads the one before it alone, windows of pools follow each other, and normalisations have PyTorch's constants.
    pub fn is_plain(&self) -> bool {
        self.layers.iter().enumerate().all(|(number, layer)| {
            let is_next = match layer.inputs[..] {
                [Input::Trials] => number == 0,
                [Input::Layer(before)] => before + 1 == number,
                _ => false,
            };
            is_next && layer.kind.is_plain()
        })
    }

    /// The shape that an input has, where `trials` is that of the trials.
    pub fn shape_of(&self, input: Input, trials: [usize; 2]) -> Vec<usize> {
        match input {
            Input::Trials => vec![1, trials[0], trials[1]],
            Input::Layer(number) => self.layers[number].output.clone(),
        }
    }

    /// For each layer the layers whose outputs no later one reads.
    pub fn last_uses(&self) -> Vec<Vec<usize>> {
        let mut last = vec![None; self.layers.len()];
        for (number, layer) in self.layers.iter().enumerate() {
            for input in &layer.inputs {
                if let Input::Layer(before) = input {
                    last[*before] = Some(number);
                }
            }
        }
        let done_at = |number| (0..last.len()).filter(|layer| last[*layer] == Some(number)).collect();
        (0..last.len()).map(done_at).collect()
    }

    /// All trainable parameters: names and shapes.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (String, Vec<usize>)> {
        self.layers.iter().flat_map(|layer| {
            let named = |(name, shape)| (format!("{}.{name}", layer.name), shape);
            layer.kind.parameters().into_iter().map(named)
        })
    }
}
