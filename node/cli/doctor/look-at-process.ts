import { z } from 'zod'
import { epochSeconds } from '../../kernel/clock.js'
import { attention, broken, ok, type Finding, type Look } from './finding.js'

const oldestMajor = 20
/** When the Node.js project stops mending a version. @see the release schedule of Node.js */
const ends: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  22: '2027-04-30',
  24: '2028-04-30',
  26: '2029-04-30',
}

/** The settings, as a start reads them: what strict mode forces or what is allowed without it. */
export const lookAtSettings: Look = ({ configuration, notices }) => {
  const about = 'settings'
  const good = ok(about, `they can be used; strict mode is ${configuration.strictmode ? 'on' : 'off'}`)
  return Promise.resolve([good, ...notices.map((notice) => attention(about, notice))])
}

/** The version of Node.js that runs this command, by the number in `process.version`. */
export function lookAtRuntime(version: string): Look {
  return ({ clock }) => Promise.resolve([judgeRuntime(version, epochSeconds(clock.now()))])
}

function judgeRuntime(version: string, seconds: number): Finding {
  const about = 'Node.js'
  const major = Number(/^v(\d+)/.exec(version)?.[1])
  const newer = 'use an even version that is maintained, such as 24'
  if (!(major >= oldestMajor)) return broken(about, `${version} is older than the node supports`, newer)
  const end = ends[major]
  if (end !== undefined && Date.parse(end) / 1000 < seconds)
    return attention(about, `${version} gets no more security fixes since ${end}`, newer)
  return major % 2 === 1 ? attention(about, `${version} is no version for production`, newer) : ok(about, version)
}

const healthSchema = z.object({
  details: z.record(z.string(), z.object({ status: z.string(), reason: z.string().optional() })),
})

/** Whether the node runs, and what it says of itself. */
export const lookAtNode: Look = async ({ call, version }) => {
  const about = 'node'
  if (call === undefined) {
    const mend = 'start it with bronnet start, then ask again'
    return [attention(about, 'it does not run, so what only a running node can tell is not told', mend)]
  }
  const { body } = await call({ method: 'GET', path: '/health', accept: [503] })
  const down = Object.entries(healthSchema.parse(body).details).filter(([, { status }]) => status !== 'UP')
  const running = await runningVersion(call)
  return [
    ...(down.length === 0
      ? [ok(about, `it runs and can do its work${running === undefined ? '' : ` (version ${running})`}`)]
      : down.map(([part, { reason = 'DOWN' }]) =>
          broken(about, `${part} does not work: ${reason}`, 'see its log; docs/reference.md says what the code means'),
        )),
    ...(running === undefined || running === version
      ? []
      : [
          attention(
            about,
            `it is version ${running} and this command is ${version}`,
            'start it again with the new version',
          ),
        ]),
  ]
}

async function runningVersion(call: NonNullable<Parameters<Look>[0]['call']>): Promise<string | undefined> {
  const { body } = await call({ method: 'GET', path: '/openapi.json' })
  return z.object({ info: z.object({ version: z.string() }) }).safeParse(body).data?.info.version
}
