// Renders chat templates with Hugging Face's own interpreter: [{template, variables}] on standard input, [{text} | {error}] on standard output.
import { readFileSync } from "node:fs";
import { Template } from "@huggingface/jinja";

const cases = JSON.parse(readFileSync(0, "utf8"));
const render = ({ template, variables }) => {
  try {
    return { text: new Template(template).render(variables) };
  } catch (error) {
    return { error: String(error.message) };
  }
};
process.stdout.write(JSON.stringify(cases.map(render)));
