/** Pages-only files of texts. */
import { SELECT_ALL } from "../../src/config/selection.ts";
import { createPagesEncoder } from "../../src/convert/pwt-pages.ts";
import { Kernel } from "../../src/kernel/kernel.ts";

/** What the kernel of `module` makes of lackey's `text`, given to it `pieceBytes` at a time. */
export async function pagesFile(
  text: Uint8Array,
  module?: WebAssembly.Module,
  pieceBytes = 1 << 18,
): Promise<Uint8Array> {
  const kernel = await Kernel.create(module);
  kernel.configureEntries({ decoder: "LACKEY", selection: SELECT_ALL });
  const encoder = createPagesEncoder(kernel, { source: "lackey" });
  const pieces: Uint8Array[] = [];
  const add = async (output: Iterable<Uint8Array> | AsyncIterable<Uint8Array>) => {
    for await (const piece of output) pieces.push(piece.slice());
  };
  for (let at = 0, bytes = -1; bytes !== 0; at += bytes) {
    const piece = text.subarray(at, at + pieceBytes);
    bytes = piece.length;
    kernel.input().set(piece);
    let error = kernel.decode(bytes, bytes === 0);
    for (;;) {
      if (error !== null) throw new Error(`record ${error.record}: ${error.reason}`);
      await add(encoder.encode());
      if (kernel.need() !== "more") break;
      error = kernel.decodeMore();
    }
  }
  await add(encoder.finish());
  return Buffer.concat(pieces);
}
