/** Files that the user takes away. They are made when they are asked for. */
import { h } from "./dom.ts";

/** Work between two pauses, so that the page stays responsive: milliseconds. */
const SLICE_MS = 20;
/** How long a file may take to be fetched by the browser itself. */
const KEPT_MS = 60_000;
/** Pixels of a PNG for one unit of its SVG. */
export const PNG_SCALE = 2;

/** Saves a text that comes in pieces; its type is that of the name's extension. */
export async function saveText(name: string, pieces: Iterable<string>): Promise<void> {
  const parts: string[] = [];
  let end = performance.now() + SLICE_MS;
  for (const piece of pieces) {
    parts.push(piece);
    if (performance.now() < end) continue;
    await new Promise((resolve) => setTimeout(resolve));
    end = performance.now() + SLICE_MS;
  }
  save(name, new Blob(parts, { type: TYPES[name.slice(name.lastIndexOf(".") + 1)] ?? "text/plain" }));
}

/** The media type of SVG. */
export const SVG_TYPE = "image/svg+xml";

const TYPES: Readonly<Record<string, string>> = {
  csv: "text/csv",
  json: "application/json",
  svg: SVG_TYPE,
};

/** Saves what is drawn on `canvas`. Rejects with an Error if the browser makes no file of it. */
export async function savePng(name: string, canvas: HTMLCanvasElement): Promise<void> {
  const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (blob === null) throw new Error("The browser could not make a PNG of this picture.");
  save(name, blob);
}

/** `svg`, which has a viewBox, drawn on a canvas. Rejects with an Error if the browser cannot. */
async function rasterised(svg: string): Promise<HTMLCanvasElement> {
  const { width, height } = sizeOf(svg);
  // Some browsers draw no picture on a canvas that has no size of its own.
  const sized = svg.replace("<svg ", `<svg width="${width}" height="${height}" `);
  const url = URL.createObjectURL(new Blob([sized], { type: SVG_TYPE }));
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = h("canvas", { width: Math.ceil(width * PNG_SCALE), height: Math.ceil(height * PNG_SCALE) });
    canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas;
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** The size of `svg` in its own units. */
export function sizeOf(svg: string): { width: number; height: number } {
  const [, width = 0, height = 0] = (/viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg) ?? []).map(Number);
  return { width, height };
}

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MS);
}

/** A picture as SVG, and drawn from that as PNG; `fallback`: the PNG where the browser does not draw the SVG. */
export function svgDownloads(
  name: string,
  svg: () => Promise<string>,
  fallback: () => HTMLCanvasElement | null = () => null,
): { SVG(): Promise<void>; PNG(): Promise<void> } {
  return {
    SVG: async () => saveText(`${name}.svg`, [await svg()]),
    async PNG() {
      const canvas = await rasterised(await svg()).catch((error: unknown) => {
        const other = fallback();
        if (other === null) throw error;
        return other;
      });
      await savePng(`${name}.png`, canvas);
    },
  };
}
