/** How much of `[rows, vocabulary]` is worked on at once, where nothing of that size is to be held whole. */
export interface ChunkLimits {
  /** Numbers of a chunk, at most (but at least a row). */
  readonly size: number;
  readonly rows: number;
}

/**
 * For a processor: a chunk and what is made of it should fit its cache, and products get no faster with more rows than
 * these.
 */
export const CACHE_CHUNKS: ChunkLimits = { size: 2 ** 21, rows: 512 };

/**
 * For a GPU, which wants few launches and large products: 64 MiB, half of what a WebGPU device lets a shader see of a
 * buffer (`maxStorageBufferBindingSize`) if nobody asks for more.
 */
export const DEVICE_CHUNKS: ChunkLimits = { size: 2 ** 24, rows: Number.POSITIVE_INFINITY };
