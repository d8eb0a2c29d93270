import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

/**
 * Serves a made-up list from a process of its own, pages packed beforehand as a list server keeps them: what serving costs
 * is not part of what reading costs. The argument is a file with a presentation a line, in the order of their numbers.
 */
const presentations = readFileSync(process.argv[2] ?? '', 'utf8')
  .trimEnd()
  .split('\n')
const pageBytes = 900_000
const pages = new Map<number, Buffer>()
let after = 0
do {
  const entries: Record<string, string> = {}
  let last = after
  for (let bytes = 0; last < presentations.length && bytes < pageBytes; last += 1) {
    const presentation = presentations[last] ?? ''
    entries[String(last + 1)] = presentation
    bytes += presentation.length + 32
  }
  const more = last < presentations.length
  pages.set(after, gzipSync(JSON.stringify({ seed: 'bench', timestamp: last, more, entries }), { level: 1 }))
  after = last
} while (after < presentations.length)

const nothing = gzipSync(JSON.stringify({ seed: 'bench', timestamp: presentations.length, more: false, entries: {} }))
const server = createServer((request, response) => {
  const timestamp = Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('timestamp'))
  const body = pages.get(timestamp) ?? nothing
  response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(body)
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  process.send?.(typeof address === 'object' && address !== null ? address.port : 0)
})
