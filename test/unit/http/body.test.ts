import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { openConnection, requestText, send } from './connection.js'
import { createServedWorld, echo, type Served } from './served.js'

const world = createServedWorld()
afterAll(() => world.close())

const limits = { maxBytes: 1000, mediaTypes: ['application/json'] }
let served: Served
beforeAll(async () => {
  served = await world.serve([
    echo({ pattern: '/thing', method: 'POST', body: limits }),
    echo({ pattern: '/optional', method: 'POST', body: { ...limits, optional: true } }),
    echo({ pattern: '/form', method: 'POST', body: { ...limits, mediaTypes: ['application/x-www-form-urlencoded'] } }),
    echo({ pattern: '/none', method: 'DELETE' }),
  ])
})

async function post(target: string, lines: readonly string[], body?: string) {
  const answer = await send(served.port, requestText('POST', target, lines, body))
  return { ...answer, json: JSON.parse(answer.body) as { readonly code?: string; readonly body?: string } }
}

const json = 'Content-Type: application/json'
const chunked = [json, 'Transfer-Encoding: chunked']
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`

describe('the media type of a body', () => {
  test.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF-8"',
    'application/json; profile=x',
  ])('%s is taken', async (type) => {
    expect((await post('/thing', [`Content-Type: ${type}`], '{}')).status).toBe(200)
  })

  test.each([
    'text/json',
    'application/json-patch+json',
    'application/x-www-form-urlencoded',
    'application/json; charset=utf-16le',
    'application/json; charset=utf-7',
    'application/json; charset=iso-8859-1',
    'application/json; charset=utf-8; charset=utf-16le',
    'application/json; charset',
    'application/json, text/plain',
    '*/*',
    '',
  ])('%p is 415', async (type) => {
    const { status, json: body } = await post('/thing', [`Content-Type: ${type}`], '{}')
    expect([status, body.code]).toEqual([415, 'unsupported-media-type'])
  })

  test('that is missing is 415', async () => {
    expect((await post('/thing', [], '{}')).status).toBe(415)
  })

  test('is that of the route', async () => {
    expect((await post('/form', ['Content-Type: application/x-www-form-urlencoded'], 'a=1')).status).toBe(200)
    expect((await post('/form', [json], '{}')).status).toBe(415)
  })

  test.each(['gzip', 'br', 'deflate', 'gzip, identity'])('in the coding %s is 415', async (coding) => {
    expect((await post('/thing', [json, `Content-Encoding: ${coding}`], '{}')).status).toBe(415)
  })

  test('is taken when the coding is none', async () => {
    expect((await post('/thing', [json, 'Content-Encoding: identity'], '{}')).status).toBe(200)
  })

  test('compressed bytes are not expanded', async () => {
    const body = gzipSync('{}').toString('latin1')
    expect((await post('/thing', [json, 'Content-Encoding: gzip'], body)).status).toBe(415)
  })
})

describe('the length of a body', () => {
  test('may be the cap, announced or in chunks', async () => {
    const body = 'a'.repeat(1000)
    expect((await post('/thing', [json], body)).json.body).toBe(body)
    const connection = openConnection(served.port)
    connection.write(
      `${requestText('POST', '/thing', chunked)}${chunk('a'.repeat(400))}${chunk('a'.repeat(600))}${chunk('')}`,
    )
    expect((await connection.answer()).status).toBe(200)
    connection.end()
  })

  test('over the cap is refused as announced, without waiting for it', async () => {
    const connection = openConnection(served.port)
    connection.write(requestText('POST', '/thing', [json, 'Content-Length: 1001']))
    const { status, headers, body } = await connection.answer()
    expect([status, headers.get('connection')]).toEqual([413, 'close'])
    expect(JSON.parse(body)).toMatchObject({ code: 'body-too-large' })
    await connection.closed
    connection.end()
  })

  test('over the cap is refused while it streams, and the rest is not read as a request', async () => {
    const connection = openConnection(served.port)
    const smuggled = `${chunk('')}${requestText('GET', '/nothing')}`
    connection.write(`${requestText('POST', '/thing', chunked)}${chunk('a'.repeat(1001))}${smuggled}`)
    const { status, headers } = await connection.answer()
    expect([status, headers.get('connection')]).toEqual([413, 'close'])
    await connection.closed
    await expect(connection.answer()).rejects.toThrow('the connection ended after: ')
    connection.end()
  })

  test.each(['1e3', '-1', '+5', '10 00'])('%p is no length', async (length) => {
    const connection = openConnection(served.port)
    connection.write(requestText('POST', '/thing', [json, `Content-Length: ${length}`]))
    expect((await connection.answer()).status).toBe(400)
    connection.end()
  })
})

describe('no body', () => {
  test('is fine where it is optional, with or without a media type', async () => {
    expect((await post('/optional', [])).status).toBe(200)
    expect((await post('/optional', [], '')).status).toBe(200)
    expect((await post('/optional', [json])).status).toBe(200)
  })

  test('is 415 where it is not, unless its media type is named', async () => {
    expect((await post('/thing', [])).status).toBe(415)
    expect((await post('/thing', [json])).json.body).toBe('')
  })

  test('a body where it is optional is held to the same rules', async () => {
    expect((await post('/optional', [], '{}')).status).toBe(415)
    expect((await post('/optional', [json], 'a'.repeat(1001))).status).toBe(413)
  })
})

describe('a body that nobody asked for', () => {
  test('is not read: the answer closes the connection', async () => {
    const connection = openConnection(served.port)
    connection.write(requestText('DELETE', '/none', ['Content-Length: 5000']))
    const { status, headers } = await connection.answer()
    expect([status, headers.get('connection')]).toEqual([200, 'close'])
    await connection.closed
    connection.end()
  })

  test('that is there already does no harm to the next request', async () => {
    const connection = openConnection(served.port)
    connection.write(requestText('DELETE', '/none', [], '{}'))
    expect((await connection.answer()).status).toBe(200)
    connection.end()
  })
})

test('a caller that breaks off half-way leaves the listener well', async () => {
  const connection = openConnection(served.port)
  connection.write(requestText('POST', '/thing', [json, 'Content-Length: 100', 'Expect: 100-continue']))
  expect((await connection.answer()).status).toBe(100)
  connection.write('{"half":')
  connection.end()
  expect((await post('/thing', [json], '{}')).status).toBe(200)
})
