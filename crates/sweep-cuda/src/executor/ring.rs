//! A ring of slots, each with all that one epoch needs to run while others wait to be collected.

use std::sync::Arc;

use super::{
    Collected, Launching, SLOTS,
    program::{Prepared, launch_all},
    regions::Regions,
};
use crate::{
    CudaError,
    driver::{Context, DeviceMemory, Event, Graph, PinnedMemory, Stream},
    launch::{Program, Span, align},
};

/// The work of an epoch, and the slots that it runs in.
#[derive(Debug)]
pub(super) struct Ring {
    slots: Vec<Slot>,
    work: Work,
    /// Every slot's copy of the members' states.
    states: DeviceMemory,
}

/// The launches of an epoch, and what is copied around them.
#[derive(Debug)]
struct Work {
    training: Vec<Prepared>,
    evaluation: Vec<Prepared>,
    /// Where the input lies on the device, and its bytes.
    input: (u64, usize),
    results: (u64, usize),
    /// Where the first member's state lies, and how far the next one's is.
    states: (u64, u64),
    state_bytes: u64,
    members: u32,
}

#[derive(Debug)]
struct Slot {
    /// The epoch in this slot; `None` if launches are put on the stream one by one.
    graph: Option<Graph>,
    input: PinnedMemory,
    results: PinnedMemory,
    /// Where the copies of the states begin.
    states: u64,
    begin: Event,
    trained: Event,
    evaluated: Event,
    /// Behind all of it, copies included.
    done: Event,
}

/// Bytes of the copies of the states that a ring keeps.
pub(super) fn states_bytes(program: &Program) -> u64 {
    SLOTS as u64 * u64::from(program.members) * align(program.state_bytes)
}

impl Ring {
    pub(super) fn new(
        context: &Arc<Context>,
        stream: &Stream,
        program: &Program,
        regions: &Regions,
        [training, evaluation]: [Vec<Prepared>; 2],
        launching: Launching,
    ) -> Result<Self, CudaError> {
        let states = DeviceMemory::allocate(context, states_bytes(program))?;
        let own_states = regions.address(program.state.at(0), program.region_bytes(program.state))?;
        let place = |span: Span| {
            let bytes = usize::try_from(span.bytes).unwrap_or(usize::MAX);
            Ok::<_, CudaError>((regions.address(span.start, span.bytes)?, bytes))
        };
        let work = Work {
            training,
            evaluation,
            input: place(program.input)?,
            results: place(program.results)?,
            states: (own_states, program.stride(program.state)),
            state_bytes: program.state_bytes,
            members: program.members,
        };
        let mut slots = Vec::with_capacity(SLOTS);
        for number in 0..SLOTS as u64 {
            let bytes = states_bytes(program) / SLOTS as u64;
            let kept = states
                .address(number * bytes, bytes)
                .ok_or_else(|| CudaError::Mistake("too few bytes for the states".to_owned()))?;
            stream.clear(kept, bytes)?;
            let mut slot = Slot {
                graph: None,
                input: PinnedMemory::allocate(context, program.input.bytes)?,
                results: PinnedMemory::allocate(context, program.results.bytes)?,
                states: kept,
                begin: Event::new(context)?,
                trained: Event::new(context)?,
                evaluated: Event::new(context)?,
                done: Event::new(context)?,
            };
            if launching == Launching::Graph {
                slot.graph = Some(stream.capture(|| slot.put(stream, &work, Stream::record_in_graph))?);
            }
            slots.push(slot);
        }
        stream.synchronize()?;
        Ok(Self { slots, work, states })
    }

    /// Starts an epoch in a slot, whose earlier epoch must have been collected.
    pub(super) fn submit(&mut self, slot: usize, stream: &Stream, input: &[u8]) -> Result<(), CudaError> {
        let slot = &mut self.slots[slot];
        slot.input.fill(input);
        match &slot.graph {
            Some(graph) => stream.run(graph)?,
            None => slot.put(stream, &self.work, Stream::record)?,
        }
        stream.record(&slot.done)
    }

    /// Runs an epoch in a slot to its end; every launch with the seconds that it took.
    pub(super) fn time_kernels(
        &mut self,
        slot: usize,
        stream: &Stream,
        input: &[u8],
    ) -> Result<Vec<(&'static str, f64)>, CudaError> {
        let (slot, work) = (&mut self.slots[slot], &self.work);
        slot.input.fill(input);
        let launches: Vec<&Prepared> = work.training.iter().chain(&work.evaluation).collect();
        let events = (0..=launches.len()).map(|_| stream.event()).collect::<Result<Vec<_>, _>>()?;
        slot.copy_input(stream, work)?;
        stream.record(&events[0])?;
        for (launch, behind) in launches.iter().zip(&events[1..]) {
            launch.put(stream)?;
            stream.record(behind)?;
        }
        slot.copy_results(stream, work)?;
        stream.synchronize()?;
        let seconds = events.windows(2).map(|pair| pair[1].seconds_since(&pair[0]));
        launches.iter().zip(seconds).map(|(launch, seconds)| Ok((launch.kernel(), seconds?))).collect()
    }

    /// Waits for the epoch in a slot.
    pub(super) fn collect(&self, slot: usize) -> Result<Collected, CudaError> {
        let slot = &self.slots[slot];
        slot.done.synchronize()?;
        Ok(Collected {
            results: slot.results.as_slice()[..self.work.results.1].to_vec(),
            training_seconds: slot.trained.seconds_since(&slot.begin)?,
            evaluation_seconds: slot.evaluated.seconds_since(&slot.trained)?,
        })
    }

    /// Where a slot keeps a member's state.
    pub(super) fn kept_state(&self, slot: usize, member: u32) -> Result<u64, CudaError> {
        if member >= self.work.members {
            return Err(CudaError::Mistake(format!(
                "there is no member {member} in a bundle of {}",
                self.work.members
            )));
        }
        let (bytes, members) = (self.work.state_bytes, u64::from(self.work.members));
        let place = (slot as u64 * members + u64::from(member)) * align(bytes);
        self.states
            .address(place, bytes)
            .ok_or_else(|| CudaError::Mistake("a state lies beyond its memory".to_owned()))
    }

    /// Where a member's state lies while it is trained.
    pub(super) fn own_state(&self, member: u32) -> u64 {
        self.work.states.0 + u64::from(member) * self.work.states.1
    }
}

impl Slot {
    /// Puts an epoch on a stream, or into the graph that is captured from it.
    fn put(
        &self,
        stream: &Stream,
        work: &Work,
        record: fn(&Stream, &Event) -> Result<(), CudaError>,
    ) -> Result<(), CudaError> {
        self.copy_input(stream, work)?;
        record(stream, &self.begin)?;
        launch_all(stream, &work.training)?;
        record(stream, &self.trained)?;
        launch_all(stream, &work.evaluation)?;
        record(stream, &self.evaluated)?;
        self.copy_results(stream, work)
    }

    fn copy_input(&self, stream: &Stream, work: &Work) -> Result<(), CudaError> {
        let (to, bytes) = work.input;
        if bytes == 0 { Ok(()) } else { stream.copy_in(to, &self.input, bytes) }
    }

    /// Copies the results to the host and the states to this slot.
    fn copy_results(&self, stream: &Stream, work: &Work) -> Result<(), CudaError> {
        let (from, bytes) = work.results;
        if bytes > 0 {
            stream.copy_out(&self.results, from, bytes)?;
        }
        let kept = (self.states, align(work.state_bytes));
        stream.copy_rows(kept, work.states, work.state_bytes, work.members)
    }
}
