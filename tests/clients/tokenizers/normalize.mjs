// Unicode's normal forms as the JavaScript engine computes them: a JSON array of texts on standard input, [{nfc, nfd}] on standard output.
import { readFileSync } from "node:fs";

const texts = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(texts.map((text) => ({ nfc: text.normalize("NFC"), nfd: text.normalize("NFD") }))));
