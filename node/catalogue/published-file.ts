import { createHash } from 'node:crypto'

/** A file that a catalogue points at, published exactly as it is used here. */
export interface PublishedFile {
  readonly text: string
  readonly mediaType: string
}

/** `sha-256:` and the base64url of the digest of the text, so that an outsider can see that a file is the one meant. */
export function digestText(text: string): string {
  return `sha-256:${createHash('sha256').update(text).digest('base64url')}`
}
