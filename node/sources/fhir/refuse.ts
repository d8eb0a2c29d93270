import { NodeError } from '../../kernel/errors.js'
import { redactNumbers } from '../../kernel/identifiers.js'

/** A search that asks what no template has. @see FHIR R4 search.html: an unknown parameter may be refused */
export function unsupported(note: string): NodeError {
  return new NodeError('source.not_supported', { notes: [note] })
}

/** A value that is not of its kind. The note names the parameter and never its value. */
export function malformed(note: string): NodeError {
  return new NodeError('source.bad_request', { notes: [note] })
}

/** An interaction that no template has. */
export function notOffered(): NodeError {
  return new NodeError('request.not_offered', { notes: ['see /metadata for what is offered'] })
}

/** A cursor that leads nowhere for this reader, or no longer. */
export function beginAgain(): NodeError {
  return malformed('_page: begin the search again')
}

/** The name of a parameter as the caller wrote it, where it can be shown: a name can hold anything. */
export function shown(name: string): string {
  return /^[A-Za-z0-9_.:-]{1,80}$/.test(name) ? redactNumbers(name) : 'a parameter'
}
