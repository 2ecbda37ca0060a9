/** The results that the file has inside. */
import type { ReportData } from "../../report/report-data.ts";

/** Throws an Error if there are none: the file is the page without them, or was cut off. */
export function readData(): ReportData {
  const text = document.getElementById("pagewalk-data")?.textContent;
  if (text == null)
    throw new Error("This file has no results inside: it is the page that reports are made of, or was cut off.");
  return JSON.parse(text) as ReportData;
}
