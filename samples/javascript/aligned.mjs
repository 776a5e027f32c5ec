// The frozen model, guidance, best-of-8 by profile, and a stream; Node 20 or later, no packages: node aligned.mjs [URL]
const url = process.argv[2] ?? 'http://localhost:8080';

async function post(fields) {
  const body = { messages: [{ role: 'user', content: 'I am hungry. Can you find me a place to eat?' }], max_tokens: 40, seed: 2, ...fields };
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error((await answer.json()).error.message);
  return answer;
}

const ask = async fields => (await (await post(fields)).json()).choices[0].message.content;

async function* stream(fields) {
  let rest = '';
  for await (const bytes of (await post({ ...fields, stream: true })).body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + bytes).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith('data: {')) yield JSON.parse(line.slice(6)).choices[0]?.delta.content ?? '';
    }
  }
}

console.log('frozen:   ', await ask({ model: 'tiny-chat' }));
console.log('guided:   ', await ask({ model: 'tiny-chat', alignment: { guidance: [{ source: 'helpful', weight: 1.0 }] } }));
console.log('best of 8:', await ask({ model: 'tiny-chat:best-of-8' }));
process.stdout.write('streamed:  ');
for await (const piece of stream({ model: 'tiny-chat' })) process.stdout.write(piece);
console.log();
