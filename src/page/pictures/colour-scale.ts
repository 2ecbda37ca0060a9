/** Colours of the heat map: viridis, which the colour-blind can read and which keeps its order in greys. */

/** Stops at equal distances: Smith & van der Walt, matplotlib 1.5, 2015; every 32nd of their 256 colours, and the last. */
const VIRIDIS = [
  ...[0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c],
  ...[0x28ae80, 0x5ec962, 0xaddc30, 0xfde725],
] as const;

const SHADES = 256;

/**
 * The scale in shades from least to most, as pixels of ImageData. More stands out more from the page: it is bright in
 * the dark, and dark on a light page.
 */
export function colourScale(isDark: boolean): Uint32Array {
  // Without the stop that is most like the page.
  const stops = isDark ? VIRIDIS.slice(1) : VIRIDIS.slice(0, -1).reverse();
  const pixels = new Uint8ClampedArray(4 * SHADES);
  for (let shade = 0; shade < SHADES; shade++) {
    const at = (shade / (SHADES - 1)) * (stops.length - 1);
    const from = Math.min(Math.floor(at), stops.length - 2);
    for (const [byte, shift] of [16, 8, 0].entries()) {
      const [low, high] = [((stops[from] ?? 0) >> shift) & 255, ((stops[from + 1] ?? 0) >> shift) & 255];
      pixels[4 * shade + byte] = low + (at - from) * (high - low);
    }
    pixels[4 * shade + 3] = 255;
  }
  return new Uint32Array(pixels.buffer);
}

/** Which shade `misses`, of `most` at most and not 0, have: by the logarithm. */
export function shadeOf(misses: number, most: number): number {
  return most <= 1 ? SHADES - 1 : Math.round(((SHADES - 1) * Math.log(misses)) / Math.log(most));
}
