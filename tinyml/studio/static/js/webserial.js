// Flashing from the browser, where it has Web Serial: the images that this computer built, through the vendored esptool-js.

import { get, say } from "./api.js";
import { dialog, h, width } from "./dom.js";

export const serialIsThere = () => "serial" in navigator;

export async function flashInBrowser(run, board) {
  const bar = h("i", { style: { width: "0" } });
  const said = h("pre", { class: "log" });
  const write = (words) => { said.textContent += words; said.scrollTop = said.scrollHeight; };
  let transport = null;
  try {
    const { images } = await get("images", { run, board });
    const port = await navigator.serial.requestPort();
    const { ESPLoader, Transport } = await import("../vendor/esptool-js/bundle.js");
    dialog("Flashing", {}, h("div", { class: "stack" }, h("div", { class: "bar", role: "progressbar", "aria-label": "Written" }, bar), said));
    const files = await Promise.all(images.map(async ({ name, address }) => {
      const answer = await fetch(`/api/download?${new URLSearchParams({ run, board, file: name })}`);
      return { address, data: new Uint8Array(await answer.arrayBuffer()) };
    }));
    transport = new Transport(port);
    const loader = new ESPLoader({ transport, baudrate: 460800, terminal: { clean() {}, writeLine: (line) => write(`${line}\n`), write } });
    await loader.main();
    await loader.writeFlash({ fileArray: files, flashMode: "keep", flashFreq: "keep", flashSize: "keep", eraseAll: false, compress: true,
      reportProgress: (_, written, total) => { bar.style.width = width(written / total); } });
    await loader.after("hard_reset");
    write("\nDone. The board starts its firmware.\n");
  } catch (error) {
    if (error.name !== "NotFoundError") say(error); // nothing was chosen
  } finally { await transport?.disconnect().catch(() => {}); }
}
