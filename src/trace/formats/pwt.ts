/** pagewalk's own container, `.pwt`: docs/pwt.md. The framing is read by src/trace/pwt/, units by assembly/pwt/. */
import { formOf, hasMagic } from "../pwt/magic.ts";
import type { TraceFormat } from "./format.ts";

/** Every record whole. */
export const pwt: TraceFormat = {
  name: "pwt",
  title: "pagewalk's container, .pwt",
  specification: "docs/pwt.md",
  example: "89 50 57 54 0d 0a 1a 0a",
  decoder: "PWT",
  isText: false,
  hasMagicNumber: true,
  reasons: { "bad-record": "the unit contradicts itself; the file was not written by pagewalk, or by a defective one" },
  detect: (head) => hasMagic(head) && formOf(head) !== "pages",
  async unwrap(reader, context) {
    const { PwtReader } = await import("../pwt/reader.ts");
    return new PwtReader(reader, { ...context, form: "full" });
  },
  async metadata(reader, context) {
    const { PwtReader } = await import("../pwt/reader.ts");
    return new PwtReader(reader, { ...context, form: "full" }).metadata();
  },
};
