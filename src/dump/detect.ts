/** What the first bytes of a dump, decompressed, say about its format. */
import { DumpError } from "../errors.ts";

/** `raw`: a flat image; `lime`: LiME version 1; `elf`: ELF core, as QEMU and libvirt write it. */
export const DUMP_FORMATS = ["raw", "lime", "elf"] as const;
export type DumpFormat = (typeof DUMP_FORMATS)[number];

/** How many of the first bytes `detectFormat` looks at: a page, at whose end swap space has its signature. */
export const DETECTION_BYTES = 4096;

const QEMU_INSTEAD =
  "have the memory written as ELF instead: dump-guest-memory without -z, -l and -s, or virsh dump --memory-only " +
  "--format elf";

/**
 * Things that people hand over instead of a dump that can be read: offset and bytes of their signatures, what they are
 * and what to do.
 */
const IMPOSTORS: readonly { texts: readonly string[]; offset?: number; is: string }[] = [
  { texts: ["KDUMP   ", "DISKDUMP"], is: `is a kdump-compressed dump; ${QEMU_INSTEAD}, or makedumpfile -E` },
  {
    texts: ["makedumpfile\0"],
    is: "is a dump in the flattened format of makedumpfile -F; have it written with -E (ELF) and without -F",
  },
  {
    texts: ["PAGEDU64", "PAGEDUMP"],
    is: "is a Windows crash dump; convert it to a raw image first (for example with Volatility's layerwriter)",
  },
  { texts: ["MDMP"], is: "is a Windows minidump, which has no physical memory; make a raw, LiME or ELF dump" },
  {
    texts: ["hibr", "HIBR", "wake", "WAKE"],
    is: "is a Windows hibernation file; convert it to a raw image first (for example with Volatility's layerwriter)",
  },
  {
    texts: ["SWAPSPACE2", "S1SUSPEND"],
    offset: 4086,
    is: "is swap space or a hibernation image of Linux, not a dump of memory; make a raw, LiME or ELF dump",
  },
  { texts: ["AVML"], is: "is a compressed AVML dump; convert it to LiME first: avml-convert FILE DUMP.lime" },
  {
    texts: ["\xd2\xbe\xd2\xbe", "\xd0\xbe\xd2\xbe", "\xd1\xba\xd1\xba", "\xd3\xbe\xd2\xbe"],
    is: "is the state of a VMware machine (.vmss, .vmsn); its memory is in the .vmem file next to it: give that",
  },
  {
    texts: ["LibvirtQemudSave", "LibvirtQemudPart", "QEVM"],
    is: `is a saved machine (virsh save, or a QEMU migration stream), not a dump of its memory; ${QEMU_INSTEAD}`,
  },
  {
    texts: ["QFI\xfb", "KDMV", "vhdxfile", "conectix", "<<< Oracle VM VirtualBox Disk Image >>>"],
    is: "is the disk image of a virtual machine, not its memory; dump the memory of the running machine",
  },
  { texts: ["EVF\x09\x0d\x0a\xff\x00"], is: "is an EnCase (E01) image; export the memory as a raw image first" },
  { texts: ["ustar"], offset: 257, is: "is a tar archive; extract the dump first" },
  {
    texts: ["\x1f\x8b\x08", "\x28\xb5\x2f\xfd", "\xfd7zXZ\0"],
    is: "is compressed twice; decompress it once first",
  },
];

/**
 * Returns the format. `head` holds the first `DETECTION_BYTES`, or all of a shorter file. Raw images have no signature:
 * what nothing else matches is one. Throws DumpError if it is of a kind that is known and not read, or is text.
 */
export function detectFormat(head: Uint8Array, path: string): DumpFormat {
  const text = new TextDecoder("latin1").decode(head);
  if (text.startsWith("EMiL")) return "lime";
  if (text.startsWith("\x7fELF")) return "elf";
  const impostor = IMPOSTORS.find(({ texts, offset }) => texts.some((each) => startsWith(head, each, offset)));
  if (impostor !== undefined) throw new DumpError(impostor.is, { path, byteOffset: 0 }, "unsupported-format");
  if (isText(head)) {
    throw new DumpError(
      `is text, beginning with ${JSON.stringify(text.slice(0, 40))}; expected a dump of physical memory: a raw image, ` +
        "LiME, or ELF as dump-guest-memory writes it (is it a memory trace instead?)",
      { path, byteOffset: 0 },
      "unsupported-format",
    );
  }
  return "raw";
}

/** Compares bytes: "latin1" decodes some above 0x7f as other characters. */
function startsWith(head: Uint8Array, text: string, offset = 0): boolean {
  for (let index = 0; index < text.length; index++) if (head[offset + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** No control characters but tabs and line ends, some of these, and mostly ASCII. */
function isText(head: Uint8Array): boolean {
  let ascii = 0;
  let lineEnds = 0;
  for (const byte of head) {
    if (byte === 0x0a) lineEnds++;
    if (byte === 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) return false;
    if (byte < 0x80) ascii++;
  }
  return lineEnds > 0 && ascii * 10 >= head.length * 9;
}
