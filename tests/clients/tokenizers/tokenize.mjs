// Encodes and decodes with Hugging Face's own tokenizer. Arguments: tokenizer.json [tokenizer_config.json]; standard input: a JSON array of texts;
// standard output: a JSON array of {ids, text}, encoded without special tokens and decoded again.
import { existsSync, readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";

const read = (path) => (path && existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : {});
const [, , tokenizerFile, configFile] = process.argv;
const description = read(tokenizerFile);
if (!Array.isArray(description.model.merges)) description.model.merges = []; // one file spells "no merges" as {}
const tokenizer = new Tokenizer(description, { clean_up_tokenization_spaces: false, ...read(configFile) });
const results = JSON.parse(readFileSync(0, "utf8")).map((text) => {
  const { ids } = tokenizer.encode(text, { add_special_tokens: false });
  return { ids, text: ids.length === 0 ? "" : tokenizer.decode(ids, { skip_special_tokens: false, clean_up_tokenization_spaces: false }) };
});
process.stdout.write(JSON.stringify(results));
