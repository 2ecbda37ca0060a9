/**
 * Places the arrays of each configuration in linear memory, above what is static, and simulated physical memory last,
 * since it alone grows while a trace runs. The only caller of memory.grow.
 *
 *   0                 __heap_base          physical memory
 *   ├───────────────────┼─────────────────────┼────────────────────────▶ grows
 *   │ static: config,   │ TLBs, structure     │ frame 0, never handed  │
 *   │ counters, input,  │ caches, points      │ out; page tables       │
 *   │ batch, shadow     │ (per configuration) │                        │
 *   └───────────────────┴─────────────────────┴────────────────────────┘
 */

const WASM_PAGE_SHIFT: u32 = 16;
/** Memory grows by at least this much, so that growth is rare. */
const GROWTH_BYTES: usize = 4 << 20;

let top: usize = __heap_base;

function align(address: usize, alignment: usize): usize {
  return (address + alignment - 1) & ~(alignment - 1);
}

/** Makes linear memory reach to `end`; false if WebAssembly has no more. */
export function reach(end: usize): bool {
  const have = (<usize>memory.size()) << WASM_PAGE_SHIFT;
  // Beyond 4 GiB `end` wraps, or the page count below exceeds what a 32-bit memory can have.
  if (end < top) return false;
  if (end <= have) return true;
  const want = end - have;
  const pages = <i32>(align(want < GROWTH_BYTES ? GROWTH_BYTES : want, 1 << WASM_PAGE_SHIFT) >> WASM_PAGE_SHIFT);
  if (memory.grow(pages) >= 0) return true;
  return memory.grow(<i32>(align(want, 1 << WASM_PAGE_SHIFT) >> WASM_PAGE_SHIFT)) >= 0;
}

/** Address of `bytes` zeroed bytes at a multiple of `alignment` (a power of two); 0 if there is no memory left. */
export function place(bytes: usize, alignment: usize = 64): usize {
  const address = reserve(bytes, alignment);
  if (address != 0) memory.fill(address, 0, bytes);
  return address;
}

/** place() of bytes that hold anything: those that are never used take up no memory of the host. */
export function reserve(bytes: usize, alignment: usize = 64): usize {
  const address = align(top, alignment);
  if (address + bytes < address || !reach(address + bytes)) return 0;
  top = address + bytes;
  return address;
}

/** A new zeroed object of the unmanaged class T; `null` if there is no memory left. */
export function make<T>(): T | null {
  const address = place(offsetof<T>());
  return address == 0 ? null : changetype<T>(address);
}

/** The mark that `release()` returns to. */
export function mark(): usize {
  return top;
}

/** Forgets all that was placed since `mark` was taken. */
export function release(mark: usize): void {
  top = mark;
}
