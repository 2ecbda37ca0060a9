/** Flat images: the byte at physical address A is byte A of the file. QEMU pmemsave, VMware .vmem, dd, LiME "padded". */
import { DumpError } from "../errors.ts";
import type { DumpBytes } from "./bytes.ts";
import { FRAME_BYTES, type Layout } from "./layout.ts";

/** Reads to the end where the size is not known. Rejects with DumpError unless it is a whole number of pages. */
export async function readRaw(bytes: DumpBytes): Promise<Layout> {
  const size = await bytes.size();
  const { path } = bytes;
  if (size < FRAME_BYTES) {
    const reason = `is too short for physical memory: it ends before its first page of ${FRAME_BYTES} bytes does`;
    throw new DumpError(reason, { path, byteOffset: size }, "truncated");
  }
  if (size % FRAME_BYTES !== 0) {
    throw new DumpError(
      `the file ends within a page: ${size} bytes are not a multiple of ${FRAME_BYTES}, as a raw image is; it is ` +
        "truncated, or of another format (LiME and ELF are recognised by their first bytes)",
      { path, byteOffset: size },
      "truncated",
    );
  }
  return { segments: [{ start: 0, end: size, offset: 0 }], cpus: [] };
}
