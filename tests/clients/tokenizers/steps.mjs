// What single steps of Hugging Face's own library do. Standard input: [{normalizer?, pre_tokenizer?, texts}]; standard output: for each an array of the
// pieces of every text after the normalizer and the pre-tokenizer, or the message with which the step is refused.
import { readFileSync } from "node:fs";
import tokenizers from "tokenizers";

const empty = { version: "1.0", added_tokens: [], post_processor: null, decoder: null, model: { type: "BPE", vocab: {}, merges: [] } };

function run({ normalizer = null, pre_tokenizer = null, texts }) {
  try {
    const tokenizer = tokenizers.Tokenizer.fromString(JSON.stringify({ ...empty, normalizer, pre_tokenizer }));
    const normalize = normalizer ? (text) => tokenizer.getNormalizer().normalizeString(text) : (text) => text;
    const split = pre_tokenizer ? (text) => tokenizer.getPreTokenizer().preTokenizeString(text).map(([piece]) => piece) : (text) => [text];
    return texts.map((text) => split(normalize(text)));
  } catch (fault) {
    return fault.message;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(run)));
