//! How work is cut into blocks. It depends on sizes of the network and of a batch alone, never on the device or on how many members a
//! bundle has, so that a member's numbers are the same bits in every bundle.

/// Blocks that a launch should have at least, of one member: two for each multiprocessor of a large GPU.
const ENOUGH_BLOCKS: usize = 264;
/// The most blocks of a tail, whose sums one block joins.
const MOST_SUMS: usize = 528;
/// Blocks of a convolution whose moments are joined together, as norm.cuh has it.
const MOMENTS_OF_GROUP: usize = 64;

/// How many groups `blocks` blocks of a convolution form.
pub(crate) fn groups_of(blocks: usize) -> usize {
    blocks.div_ceil(MOMENTS_OF_GROUP)
}

/// A kernel for convolutions of a number of taps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct ConvolutionKernel {
    name: &'static str,
    /// Rows of a thread.
    rows: usize,
    /// Channels and taps that a block stages together.
    chunk: usize,
    taps: usize,
}

/// The kernel for `taps` taps of `rows` rows of `planes` planes.
fn convolution_kernel(taps: usize, rows: usize, planes: usize) -> ConvolutionKernel {
    /// Threads of 16 rows that keep a large GPU busy.
    const ENOUGH_THREADS: usize = 1 << 16;
    let (name, rows, chunk, taps) = match taps {
        1 => ("convolve_1", 8, 16, 1),
        5 if rows / 16 * (planes / 4) >= ENOUGH_THREADS => ("convolve_5_long", 16, 16, 5),
        5 => ("convolve_5", 8, 16, 5),
        15 => ("convolve_15", 8, 8, 15),
        _ => ("convolve_any", 8, 8, 16),
    };
    ConvolutionKernel { name, rows, chunk, taps }
}

/// The blocks of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ConvolutionBlocks {
    pub(crate) name: &'static str,
    /// Threads side by side, each with four planes.
    pub(crate) columns: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) threads: usize,
    pub(crate) shared_numbers: usize,
}

/// The blocks for `taps` taps of `rows` rows of `planes` planes.
pub(crate) fn convolution_blocks(taps: usize, rows: usize, planes: usize) -> ConvolutionBlocks {
    let kernel = convolution_kernel(taps, rows, planes);
    let quads = planes / 4;
    let columns = quads.div_ceil(quads.div_ceil(16));
    let plane_tiles = quads.div_ceil(columns);
    let of = |groups: usize| rows.div_ceil(groups * kernel.rows);
    // Few columns make up for it in rows; and three blocks with 16 rows a thread share the registers of a multiprocessor.
    let most = match (columns, kernel.rows) {
        (..=2, _) => 32,
        (_, 16) => 8,
        // The kernel of 15 taps has blocks of 128 threads.
        (9.., _) if kernel.taps == 15 => 8,
        _ => 16,
    };
    let groups = if of(most) * plane_tiles < ENOUGH_BLOCKS { most / 2 } else { most };
    let staged_rows = (groups * kernel.rows + kernel.taps + 2) / 4 * 4 + 4;
    let product = kernel.chunk * (staged_rows + kernel.taps * columns * 4);
    let moments = groups * (2 + columns * 4);
    let threads = columns * groups;
    ConvolutionBlocks {
        name: kernel.name,
        columns,
        grid: [of(groups), plane_tiles],
        threads,
        shared_numbers: product.max(moments).max(2 * threads),
    }
}

/// The blocks of the gradient of a convolution's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct GradientBlocks {
    pub(crate) name: &'static str,
    /// Threads side by side, each with four planes; and with some channels.
    pub(crate) quads: usize,
    pub(crate) channel_threads: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) threads: usize,
    pub(crate) shared_numbers: usize,
    pub(crate) rows_a_part: usize,
    /// Parts, with the shares of a block's threads.
    pub(crate) parts: usize,
}

/// The blocks for `rows` rows, from `channels` to `planes` planes.
pub(crate) fn gradient_blocks(taps: usize, rows: usize, channels: usize, planes: usize) -> GradientBlocks {
    let (name, group, channels_a_thread, tile, most_shares): (_, _, usize, _, &[usize]) = match taps {
        1 => ("convolve_gradient_1", 1, 4, 64, &[16, 8, 4, 2, 1]),
        5 => ("convolve_gradient_5", 5, 4, 60, &[12, 6, 4, 2, 1]),
        15 => ("convolve_gradient_15", 15, 1, 60, &[4, 2, 1]),
        _ => ("convolve_gradient_any", 4, 4, 64, &[16, 8, 4, 2, 1]),
    };
    let all_quads = planes / 4;
    let quads = all_quads.div_ceil(all_quads.div_ceil(16));
    let all_channel_threads = channels / channels_a_thread;
    let most = if channels_a_thread == 4 { 16.min(256 / quads) } else { (64.min(256 / quads)) / 4 * 4 };
    let channel_tiles = all_channel_threads.div_ceil(most);
    let mut channel_threads = all_channel_threads.div_ceil(channel_tiles);
    if channels_a_thread == 1 {
        channel_threads = channel_threads.next_multiple_of(4);
    }
    let channel_tiles = all_channel_threads.div_ceil(channel_threads);
    let columns = quads * channel_threads;
    let shares = most_shares.iter().copied().find(|shares| columns * shares <= 256).unwrap_or(1);
    let across = all_quads.div_ceil(quads) * channel_tiles * taps.div_ceil(group);
    let tiles = rows.div_ceil(tile);
    let parts = (ENOUGH_BLOCKS / 2).div_ceil(across).min(tiles).max(1);
    let rows_a_part = tiles.div_ceil(parts) * tile;
    let parts = rows.div_ceil(rows_a_part);
    GradientBlocks {
        name,
        quads,
        channel_threads,
        grid: [parts, across],
        threads: columns * shares,
        shared_numbers: (tile + group - 1) * channel_threads * channels_a_thread + tile * quads * 4,
        rows_a_part,
        parts: parts * shares,
    }
}

/// The blocks of EEGNet's filters along time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirBlocks {
    /// Planes of a block.
    pub(crate) width: usize,
    /// Tiles of a trial.
    pub(crate) tiles: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) threads: usize,
    pub(crate) shared_numbers: usize,
}

fn width(planes: usize) -> usize {
    let quads = planes / 4;
    quads.div_ceil(quads.div_ceil(8)) * 4
}

/// The blocks for `trials` trials of `time` rows.
pub(crate) fn fir_blocks(trials: usize, time: usize, planes: usize) -> FirBlocks {
    /// Of a thread, and taps that are staged together.
    const ROWS: usize = 16;
    const TAPS: usize = 64;
    let width = width(planes);
    let all_groups = time.div_ceil(ROWS);
    // More would not fit into 48 KiB.
    let most = (256 / width).min(if width > 16 { 8 } else { 16 });
    let tiles = all_groups.div_ceil(most);
    let groups = all_groups.div_ceil(tiles);
    let tiles = all_groups.div_ceil(groups);
    let threads = width * groups;
    FirBlocks {
        width,
        tiles,
        grid: [trials * tiles, planes.div_ceil(width)],
        threads,
        shared_numbers: ((groups * ROWS + 2 * TAPS) * width).max(2 * threads),
    }
}

/// The blocks of the filters' gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FirGradientBlocks {
    pub(crate) width: usize,
    pub(crate) tiles: usize,
    pub(crate) tiles_a_part: usize,
    pub(crate) grid: [usize; 2],
    pub(crate) threads: usize,
    pub(crate) shared_numbers: usize,
}

/// The blocks for `trials` trials whose gradients have `time` rows.
pub(crate) fn fir_gradient_blocks(
    trials: usize,
    time: usize,
    planes: usize,
    taps: usize,
) -> FirGradientBlocks {
    const ROWS: usize = 130;
    const TAPS: usize = 13;
    let width = width(planes);
    let all_groups = taps.div_ceil(TAPS);
    let tap_tiles = all_groups.div_ceil((256 / width).min(8));
    let groups = all_groups.div_ceil(tap_tiles);
    let tap_tiles = all_groups.div_ceil(groups);
    let tiles = time.div_ceil(ROWS);
    let across = planes.div_ceil(width) * tap_tiles;
    let tiles_a_part = (trials * tiles).div_ceil(ENOUGH_BLOCKS.div_ceil(across));
    FirGradientBlocks {
        width,
        tiles,
        tiles_a_part,
        grid: [(trials * tiles).div_ceil(tiles_a_part), across],
        threads: width * groups,
        shared_numbers: (2 * ROWS + groups * TAPS) * width,
    }
}

/// Threads of a block of tails.
pub(crate) const TAIL_THREADS: usize = 256;

/// Windows of a block that sums over `windows` windows of all trials.
pub(crate) fn windows_a_block(windows: usize, planes: usize) -> usize {
    let shares = TAIL_THREADS / (planes / 4).min(TAIL_THREADS);
    (4 * shares).max(windows.div_ceil(MOST_SUMS))
}

/// Trials of a part of the dense layer's gradient.
pub(crate) fn trials_a_part(trials: usize) -> usize {
    trials.div_ceil(16).max(4)
}
