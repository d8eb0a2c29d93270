/** One server-sent event. */
export interface ServerSentEvent {
  readonly id: string
  readonly event: string
  readonly data: string
}

/**
 * Makes a reader of server-sent events: give it text as it comes, and it gives the events that have ended by then. Events
 * without data, and comments, give none.
 * @see WHATWG HTML, "Interpreting an event stream"
 */
export function createEventReader(): (text: string) => readonly ServerSentEvent[] {
  let kept = ''
  let fields: { id: string; event: string; data: string[] } = { id: '', event: 'message', data: [] }
  return (text) => {
    kept += text
    // A line end can be cut in two: what may be half of one waits for the rest.
    const lines = kept.split(/\r\n|\n|\r(?!$)/)
    kept = lines.pop() ?? ''
    const events: ServerSentEvent[] = []
    for (const line of lines) {
      if (line === '') {
        if (fields.data.length > 0) events.push({ ...fields, data: fields.data.join('\n') })
        fields = { id: fields.id, event: 'message', data: [] }
        continue
      }
      const colon = line.indexOf(':')
      const name = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (name === 'data') fields.data.push(value)
      else if (name === 'event') fields.event = value
      else if (name === 'id' && !value.includes('\0')) fields.id = value
    }
    return events
  }
}
