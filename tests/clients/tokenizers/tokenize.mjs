// Encodes and decodes with Hugging Face's own library (Rust, with Oniguruma's expressions). Argument: tokenizer.json; standard input: a JSON array of
// texts; standard output: a JSON array of {ids, text}, encoded without special tokens and decoded again.
import { readFileSync } from "node:fs";
import tokenizers from "tokenizers";

const description = JSON.parse(readFileSync(process.argv[2], "utf8"));
if (!Array.isArray(description.model.merges)) description.model.merges = []; // one file spells "no merges" as {}
const tokenizer = tokenizers.Tokenizer.fromString(JSON.stringify({ version: "1.0", ...description }));
const results = JSON.parse(readFileSync(0, "utf8")).map(async (text) => {
  const ids = (await tokenizer.encode(text, null, { addSpecialTokens: false })).getIds();
  return { ids, text: await tokenizer.decode(ids, false) };
});
process.stdout.write(JSON.stringify(await Promise.all(results)));
