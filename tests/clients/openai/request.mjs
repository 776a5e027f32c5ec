// One chat, streamed and not, through the official client: node request.mjs URL
import assert from 'node:assert/strict';
import OpenAI from 'openai';

const client = new OpenAI({ baseURL: `${process.argv[2]}/v1`, apiKey: 'none', maxRetries: 0 });
const model = (await client.models.list()).data[0].id;
const labels = {
  user: 'somebody', metadata: { team: 'blue' }, store: false, service_tier: 'auto', parallel_tool_calls: false, tool_choice: 'none',
  response_format: { type: 'text' },
};
const messages = [{ role: 'user', content: 'Hello, how are you?' }];
const request = { model, messages, max_completion_tokens: 24, seed: 7, temperature: 0.7, ...labels };

const answer = await client.chat.completions.create({ ...request, alignment: { report: true } });
const [choice] = answer.choices;
assert.ok(choice.message.content.length > 0);
assert.ok(['stop', 'length', 'content_filter'].includes(choice.finish_reason));
assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
assert.equal(answer.alignment.report.candidates[0].text, choice.message.content);

const turns = [...messages, choice.message, { role: 'user', content: 'And then?' }];
assert.ok((await client.chat.completions.create({ ...request, messages: turns })).choices[0].message.content.length > 0);

let text = '';
let usage = null;
for await (const chunk of await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
  text += chunk.choices[0]?.delta.content ?? '';
  usage = chunk.usage ?? usage;
}
assert.equal(text, choice.message.content);
assert.equal(usage.completion_tokens, answer.usage.completion_tokens);

await assert.rejects(
  client.chat.completions.create({ ...request, alignment: { guidence: [] } }),
  error => error.status === 400 && error.message.includes('alignment.guidence') && error.request_id !== null);
await assert.rejects(
  client.chat.completions.create({ ...request, alignement: {} }),
  error => error.status === 400 && error.message.includes("did you mean 'alignment'?") && error.param === 'alignement');
console.log(`npm openai: ${JSON.stringify(text)}`);
