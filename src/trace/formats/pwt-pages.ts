/**
 * The pages-only form of pagewalk's container, `.pwt`: docs/pwt.md. The framing is read by src/trace/pwt/, units by
 * assembly/pages/.
 */
import { formOf, hasMagic } from "../pwt/magic.ts";
import type { TraceFormat } from "./format.ts";

/** What any TLB can tell apart, and the counts of the rest. */
export const pwtPages: TraceFormat = {
  name: "pwt-pages",
  title: "pagewalk's container, .pwt, pages only",
  specification: "docs/pwt.md",
  example: "89 50 57 54 0d 0a 1a 0a 01 02",
  decoder: "PAGES",
  isText: false,
  hasMagicNumber: true,
  isPagesOnly: true,
  reasons: {
    "bad-record": "the unit contradicts itself; the file was not written by pagewalk, or by a defective one",
    unsupported: "a pages-only trace has no single records to be looked at; what it was made of has",
  },
  detect: (head) => hasMagic(head) && formOf(head) === "pages",
  async unwrap(reader, context) {
    const { PwtReader } = await import("../pwt/reader.ts");
    return new PwtReader(reader, { ...context, form: "pages" });
  },
  async metadata(reader, context) {
    const { PwtReader } = await import("../pwt/reader.ts");
    return new PwtReader(reader, { ...context, form: "pages" }).metadata();
  },
};
