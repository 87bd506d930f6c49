/**
 * Lines of text that comes in pieces, some at a time. Only a line feed ends one: what Node's readline takes for the end of
 * a line besides (U+2028, a lone carriage return) may stand in JSON.
 */
export async function* linesIn(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop()!;
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}
