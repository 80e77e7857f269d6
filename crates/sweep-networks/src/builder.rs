//! Puts layers one after another and keeps account of their shapes.

use crate::{
    BlueprintError, InputShape,
    blueprint::{Blueprint, Input, NamedLayer},
    convolution::{Bound, ConvolutionSizes},
    layer::{Combination, EPSILON, Function, LayerKind, MOMENTUM, Pooling},
};

/// A blueprint that is being made. Every layer reads the one before it, unless [`at`](Self::at) says otherwise.
///
/// Sizes that the input turns out too small for are 0 from there on.
#[derive(Debug)]
pub struct Builder {
    network: &'static str,
    layers: Vec<NamedLayer>,
    /// Of the layers of the current block.
    block: &'static str,
    index: usize,
    /// Of the next layer alone.
    name: Option<String>,
    dropouts: u8,
    here: Place,
    /// The first thing that does not fit.
    problem: Option<String>,
}

/// A place in a network: what a layer gives there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    input: Input,
    planes: usize,
    height: usize,
    time: usize,
    /// Planes that the last depthwise convolution made of each filter, or 1.
    copies: usize,
    is_flat: bool,
}

impl Place {
    /// Samples of the time axis there.
    pub fn time(&self) -> usize {
        self.time
    }
}

impl Builder {
    /// Begins with one plane of `[channel, time]`. `network` is the title, for errors.
    pub fn new(network: &'static str, shape: InputShape) -> Self {
        let here = Place {
            input: Input::Trials,
            planes: 1,
            height: shape.channels,
            time: shape.samples,
            copies: 1,
            is_flat: false,
        };
        Self {
            network,
            layers: Vec::new(),
            block: "",
            index: 0,
            name: None,
            dropouts: 0,
            here,
            problem: None,
        }
    }

    /// Begins a block, an `nn.Sequential` of PyTorch; its layers are numbered from 0.
    #[must_use]
    pub fn block(mut self, name: &'static str) -> Self {
        (self.block, self.index) = (name, 0);
        self
    }

    /// Gives the next layer this name.
    #[must_use]
    pub fn name(mut self, name: &str) -> Self {
        self.name = Some(name.to_owned());
        self
    }

    /// The place that has been reached.
    pub fn here(&self) -> Place {
        self.here
    }

    /// Goes on from another place: a new branch.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.here = place;
        self
    }

    /// A convolution of these sizes, whatever inputs they say.
    #[must_use]
    pub fn convolution(mut self, sizes: ConvolutionSizes) -> Self {
        let Place { planes, height, time, .. } = self.here;
        let sizes = ConvolutionSizes { inputs: planes, ..sizes };
        if sizes.groups == 0
            || !planes.is_multiple_of(sizes.groups)
            || !sizes.outputs.is_multiple_of(sizes.groups)
        {
            self.refuse(format!("{planes} and {} planes do not make {} groups", sizes.outputs, sizes.groups));
        }
        self.here.copies =
            if sizes.groups == 1 { 1 } else { sizes.outputs.checked_div(sizes.groups).unwrap_or(1) };
        self.here.planes = sizes.outputs;
        (self.here.height, self.here.time) = sizes.output((height, time));
        self.push(LayerKind::Convolution(sizes))
    }

    /// Batch normalisation with PyTorch's constants.
    #[must_use]
    pub fn batch_norm(self) -> Self {
        self.batch_norm_with(MOMENTUM, EPSILON)
    }

    /// Batch normalisation with these constants.
    #[must_use]
    pub fn batch_norm_with(self, momentum: f64, epsilon: f64) -> Self {
        let planes = self.here.planes;
        self.push(LayerKind::BatchNorm { planes, momentum, epsilon })
    }

    /// Layer normalisation over the planes.
    #[must_use]
    pub fn layer_norm(self, epsilon: f64) -> Self {
        let planes = self.here.planes;
        self.push(LayerKind::LayerNorm { planes, epsilon })
    }

    /// The job's activation function.
    #[must_use]
    pub fn activation(self) -> Self {
        self.push(LayerKind::Activation)
    }

    /// A function of each value, whatever the job's activation is.
    #[must_use]
    pub fn function(self, function: Function) -> Self {
        self.push(LayerKind::Function(function))
    }

    /// Pooling along time in windows of `size` samples that follow each other.
    #[must_use]
    pub fn pool(self, pooling: Pooling, size: usize) -> Self {
        self.pool_every(pooling, size, size)
    }

    /// Pooling along time in windows of `size` samples, one every `stride` samples.
    #[must_use]
    pub fn pool_every(mut self, pooling: Pooling, size: usize, stride: usize) -> Self {
        let steps = self.here.time.checked_sub(size).filter(|_| size > 0);
        self.here.time = steps.and_then(|steps| steps.checked_div(stride)).map_or(0, |steps| steps + 1);
        self.push(LayerKind::Pool { pooling, size, stride })
    }

    /// The mean over time.
    #[must_use]
    pub fn mean(mut self) -> Self {
        self.here.time = self.here.time.min(1);
        self.push(LayerKind::Mean)
    }

    /// The `samples` samples from the sample `first` on.
    #[must_use]
    pub fn window(mut self, first: usize, samples: usize) -> Self {
        self.here.time = if first.saturating_add(samples) <= self.here.time { samples } else { 0 };
        self.push(LayerKind::Window { first, samples })
    }

    /// Dropout.
    #[must_use]
    pub fn dropout(mut self) -> Self {
        let (number, copies) = (self.next_dropout(), self.here.copies);
        self.push(LayerKind::Dropout { number, copies })
    }

    /// From `[plane, height, time]` to `[feature]`.
    #[must_use]
    pub fn flatten(mut self) -> Self {
        let Place { planes, height, time, .. } = self.here;
        let planes = planes.saturating_mul(height).saturating_mul(time);
        self.here = Place { planes, height: 1, time: 1, copies: 1, is_flat: true, ..self.here };
        self.push(LayerKind::Flatten)
    }

    /// A dense layer: of all features behind the flattening, and before it of the planes at each place.
    #[must_use]
    pub fn dense(mut self, outputs: usize, bound: Bound) -> Self {
        let inputs = self.here.planes;
        (self.here.planes, self.here.copies) = (outputs, 1);
        self.push(LayerKind::Dense { inputs, outputs, bound })
    }

    /// Attention over time with dropout of its weights, from queries, keys and values. PyTorch's `scale` is 1 / sqrt(planes of a head).
    #[must_use]
    pub fn attention(mut self, heads: usize, scale: f64, [queries, keys, values]: [Place; 3]) -> Self {
        let planes = [queries, keys, values].map(|place| place.planes);
        let is_divided = heads > 0 && planes.iter().all(|planes| planes % heads == 0);
        if !is_divided || planes[0] != planes[1] || keys.time != values.time {
            self.refuse(format!("{heads} heads of attention do not fit {planes:?} planes"));
        }
        if [queries, keys, values].iter().any(|place| place.height > 1) {
            self.refuse("attention over time needs one row".to_owned());
        }
        let dropout = Some(self.next_dropout());
        self.here = Place { planes: values.planes, copies: 1, ..queries };
        let inputs = [queries, keys, values].map(|place| place.input).to_vec();
        self.push_from(LayerKind::Attention { heads, scale, dropout }, inputs)
    }

    /// Several places become one.
    #[must_use]
    pub fn combine(mut self, combination: Combination, places: &[Place]) -> Self {
        let Some(first) = places.first() else {
            self.refuse("nothing to combine".to_owned());
            return self;
        };
        let shape = |place: &Place| match combination {
            Combination::Planes => [0, place.height, place.time],
            Combination::Sum | Combination::Mean => [place.planes, place.height, place.time],
        };
        let is_empty = places.iter().any(|place| place.time == 0);
        if !is_empty && places.iter().any(|place| shape(place) != shape(first) || place.is_flat) {
            let shapes: Vec<_> =
                places.iter().map(|place| [place.planes, place.height, place.time]).collect();
            self.refuse(format!("the shapes {shapes:?} cannot be combined"));
        }
        let planes = match combination {
            Combination::Planes => places.iter().map(|place| place.planes).sum(),
            Combination::Sum | Combination::Mean => first.planes,
        };
        let time = if is_empty { 0 } else { first.time };
        self.here = Place { planes, time, copies: 1, ..*first };
        self.push_from(LayerKind::Combine(combination), places.iter().map(|place| place.input).collect())
    }

    /// Flattens and ends with the dense layer `name`, one output a class.
    ///
    /// # Errors
    /// If sizes do not fit each other.
    pub fn classify(self, name: &str, classes: usize) -> Result<Blueprint, BlueprintError> {
        self.name("flatten").flatten().name(name).dense(classes, Bound::Dense).finish()
    }

    /// The blueprint.
    ///
    /// # Errors
    /// If sizes do not fit each other.
    pub fn finish(self) -> Result<Blueprint, BlueprintError> {
        match self.problem {
            Some(problem) => Err(BlueprintError::Settings { network: self.network, problem }),
            None => Ok(Blueprint { layers: self.layers }),
        }
    }

    fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }

    fn next_dropout(&mut self) -> u8 {
        let number = self.dropouts;
        self.dropouts = number.saturating_add(1);
        number
    }

    /// A layer that reads the place before it, and whose output has the current shape.
    fn push(self, kind: LayerKind) -> Self {
        let input = self.here.input;
        self.push_from(kind, vec![input])
    }

    fn push_from(mut self, kind: LayerKind, inputs: Vec<Input>) -> Self {
        let name = self.name.take().unwrap_or_else(|| {
            self.index += 1;
            format!("{}.{}", self.block, self.index - 1)
        });
        let Place { planes, height, time, is_flat, .. } = self.here;
        let output = if is_flat { vec![planes] } else { vec![planes, height, time] };
        self.here.input = Input::Layer(self.layers.len());
        self.layers.push(NamedLayer { name, kind, inputs, output });
        self
    }
}
