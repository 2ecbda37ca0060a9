/** Files dropped on the page. */

/**
 * Gives `onFiles` the files that are dropped anywhere on the page while `element` is on it. While files are held over
 * the page, `element` has the class `dropping`. A file dropped beside would otherwise replace the page.
 */
export function acceptDrops(element: HTMLElement, onFiles: (files: readonly File[]) => void): void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;
  const listen = (type: "dragover" | "dragleave" | "drop", listener: (event: DragEvent) => void) =>
    document.addEventListener(type, (event) => {
      if (element.isConnected && hasFiles(event)) listener(event);
    });
  listen("dragover", (event) => {
    event.preventDefault();
    if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
    element.classList.add("dropping");
  });
  listen("dragleave", (event) => {
    if (event.relatedTarget === null) element.classList.remove("dropping");
  });
  listen("drop", (event) => {
    event.preventDefault();
    element.classList.remove("dropping");
    onFiles([...(event.dataTransfer?.files ?? [])]);
  });
}
