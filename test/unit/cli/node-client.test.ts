import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from '@jest/globals'
import { CommandFailure } from '../../../node/cli/command.js'
import { callNodeAt } from '../../../node/cli/node-client.js'

let server: Server | undefined
afterEach(() => void server?.close())

/** What a command says when what listens at the address answers so. */
async function saidAfter(status: number, body: string): Promise<readonly string[]> {
  server = createServer((_, response) => void response.writeHead(status).end(body))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const call = callNodeAt({ address: `http://127.0.0.1:${String(port)}`, makeToken: undefined })
  try {
    await call({ method: 'GET', path: '/status' })
    return []
  } catch (error) {
    if (!(error instanceof CommandFailure)) throw error
    return error.lines.map((line) => line.replace(String(port), 'PORT'))
  }
}

const problem = (code: string, detail: string): string => JSON.stringify({ code, detail })
const isItInternal = 'is http://127.0.0.1:PORT its internal address? the public port has none of this'

test.each([
  ['its public port', problem('not-found', 'There is nothing here.'), 'There is nothing here.'],
  ['another server', '<html>', 'it does not say why'],
])('a command that reaches %s asks whether the address is the internal one', async (_, body, says) => {
  expect(await saidAfter(404, body)).toEqual([`the node refuses (404): ${says}`, isItInternal])
})

test('a command for a subject that is not there says how to see which are', async () => {
  expect(await saidAfter(404, problem('party-unknown', 'It does not.'))).toEqual([
    'the node refuses (404): It does not.',
    'bronnet subject list shows for whom it speaks',
  ])
})

test('any other refusal stands by itself', async () => {
  expect(await saidAfter(409, problem('conflict', 'Again.'))).toEqual(['the node refuses (409): Again.'])
})
