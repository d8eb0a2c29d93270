import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { startComposedNode, type ComposedNode } from '../http/composed.js'
import { runHere } from './here.js'

let composed: ComposedNode
let directory: string
beforeAll(async () => {
  composed = await startComposedNode()
  directory = await mkdtemp(join(tmpdir(), 'bronnet-outbox-'))
})
afterAll(async () => {
  await composed.end()
  await rm(directory, { recursive: true })
})

const recordID = 'WlzIndicatie/53089759-97a5-4a50-b1c9-bae97b8e73f0'
const subject = ['--subject', 'ciz']

/** What a command said, and how it ended. */
async function run(...words: readonly string[]): Promise<{ readonly status: number | null; readonly said: string }> {
  const node = `http://127.0.0.1:${String(composed.node.internalPort)}`
  const { status, output, errors } = await runHere(['notification', ...words, '--node', node])
  return { status, said: (output === '' ? errors : output).trimEnd() }
}

async function send(changes: object = {}) {
  const file = join(directory, 'message.json')
  const message = {
    eventType: 'NIEUWE_INDICATIE_ZORGKANTOOR',
    receiver: { idType: 'UZOVI', id: '5999' },
    subjectList: [{ subject: recordID, recordID }],
    version: 1,
    ...changes,
  }
  await writeFile(file, JSON.stringify(message))
  return run('send', file, ...subject, '--by', 'een beheerder')
}

describe('bronnet notification', () => {
  test('says that nothing waits', async () => {
    expect(await run('outbox', ...subject)).toEqual({ status: 0, said: 'There are none.' })
    expect((await run('outbox', ...subject, '--receivers')).said).toBe('All receivers take what they are sent.')
  })

  test('sends, shows what waits and for whom, and why it does', async () => {
    const sent = await send()
    expect(sent.status).toBe(0)
    expect(sent.said).toContain(recordID)
    const [delivery = ''] = /[\da-f-]{36}/.exec(sent.said) ?? []
    while (!(await run('outbox', ...subject, '--receivers')).said.includes('UZOVI:5999')) await setTimeout(20)
    expect((await run('outbox', ...subject)).said).toMatch(new RegExp(`${delivery} +queued +NIEUWE_INDICATIE`))
    expect((await run('show', delivery, ...subject)).said).toContain('UZOVI:5999')
    expect((await run('hurry', ...subject)).status).toBe(0)
  })

  test('refuses what is no message, and what is not dead', async () => {
    expect(await send({ eventType: 'NIEUWE_MAAN' })).toMatchObject({ status: 1 })
    const [delivery = ''] = /[\da-f-]{36}/.exec((await run('outbox', ...subject)).said) ?? []
    expect((await run('resend', delivery, ...subject)).status).toBe(1)
    expect((await run('discard', delivery, ...subject)).status).toBe(1)
    expect(await run('resend-all', ...subject)).toEqual({ status: 0, said: '0 put back.' })
  })

  test('refuses a party that takes no messages, and a date that is none', async () => {
    expect((await run('reconcile', ...subject)).status).toBe(1)
    expect((await run('reconcile', ...subject, '--from', 'gisteren')).said).toContain('2026-11-20')
    expect((await run('outbox', '--subject', 'niemand')).status).toBe(1)
  })
})
