/**
 * The same text in memory of its own: for what is kept for longer than the text that it was cut from, because a part of a
 * text keeps the whole of it in memory.
 */
export function copyText(part: string): string {
  return Buffer.from(part, 'utf16le').toString('utf16le')
}
