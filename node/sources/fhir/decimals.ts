import { NodeError } from '../../kernel/errors.js'
import { parseGuardedJson } from '../../kernel/json-guard.js'

/** Stands in no text that is read here: what holds it is refused. A code point of private use. */
const mark = '\ue000'
/** Finds every number that a double does not keep, and some texts that look like one. */
const mayBeLossy = /(?:^|[[:,])\s*-?(?:\d+[.eE]|\d{15})/
const stringOrNumber = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
const markedNumber = new RegExp(`"${mark}([^"]*)"`, 'g')
const maxMembers = 500_000

/**
 * Parses a FHIR resource and keeps its decimals as they were written: `1.50` is not `1.5` in FHIR, and a double holds
 * neither every digit nor the zeros. `writeResource` gives them back.
 * @throws `json.*`
 * @see FHIR R4 json.html, datatypes.html#decimal: precision has meaning
 */
export function parseResource(text: string): unknown {
  if (text.includes(mark) || /\\ue000/i.test(text)) throw new NodeError('json.forbidden_text')
  // Judged as it is first: what stands for a number is a string afterwards.
  const parsed = parseGuardedJson(text, { members: maxMembers })
  if (!mayBeLossy.test(text)) return parsed
  const kept = text.replace(stringOrNumber, (token) => (isLossy(token) ? `"${mark}${token}"` : token))
  return kept === text ? parsed : JSON.parse(kept)
}

/** The text of what `parseResource` gave, or of a part of it. */
export function writeResource(value: unknown): string {
  const text = JSON.stringify(value)
  return text.includes(mark) ? text.replace(markedNumber, '$1') : text
}

function isLossy(token: string): boolean {
  return !token.startsWith('"') && (/[.eE]/.test(token) || token.length > 15)
}
