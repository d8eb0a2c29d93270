import { readDiscoveryDefinitions } from '../../catalogue/definition.js'
import { attention, broken, ok, reasonOf, type Finding, type Look, type Patient } from './finding.js'

const noticedMilliseconds = 1_000
/** A presentation lives for five seconds. */
const toleratedMilliseconds = 4_000
const secondMilliseconds = 1_000

/** The clock, against what servers that the settings name say that it is; no others are asked. */
export const lookAtClock: Look = async (patient) => {
  const about = 'clock'
  const servers = await serversOf(patient)
  const looked = await Promise.all(servers.map((server) => lookAt(patient, server)))
  const known = looked.flatMap(({ offset }) => (offset === undefined ? [] : [offset]))
  const silent = looked.flatMap(({ fault, server }) =>
    fault === undefined ? [] : [attention(about, `${server} does not say what time it is (${fault})`)],
  )
  if (known.length === 0) {
    const says = 'it cannot be compared: the settings name no other server that answers'
    return [...silent, attention(about, says, 'see that this machine keeps its time by NTP')]
  }
  const worst = known.reduce((one, other) => (Math.abs(other) > Math.abs(one) ? other : one))
  return [...silent, judge(about, worst, known.length)]
}

function judge(about: string, offset: number, count: number): Finding {
  const by = Math.abs(offset)
  const says = `it is ${(by / 1000).toFixed(1)} s ${offset > 0 ? 'ahead of' : 'behind'} a server of the network`
  const mend = 'keep the time of this machine by NTP'
  if (by > toleratedMilliseconds) return broken(about, `${says}: presentations will be refused`, mend)
  if (by > noticedMilliseconds) return attention(about, says, mend)
  return ok(about, `it agrees with ${String(count)} server${count === 1 ? '' : 's'} of the network, within a second`)
}

/** Discovery servers and anchors, each origin once; not this node itself. */
async function serversOf({ configuration }: Patient): Promise<readonly string[]> {
  const { discovery, audit, url } = configuration
  const definitions = discovery.definitions === undefined ? [] : await readDiscoveryDefinitions(discovery.definitions)
  const origins = [...definitions.map(({ endpoint }) => endpoint), ...audit.anchors].map((text) => new URL(text).origin)
  return [...new Set(origins)].filter((origin) => origin !== new URL(url).origin)
}

interface Comparison {
  readonly server: string
  /** How much this clock is ahead, in milliseconds; 0 as far as whole seconds can tell. */
  readonly offset?: number
  readonly fault?: string
}

async function lookAt({ clock, outboundTo }: Patient, server: string): Promise<Comparison> {
  const outbound = outboundTo(server)
  try {
    const asked = clock.now()
    const answer = await outbound.request({ method: 'HEAD', url: `${server}/` })
    const answered = clock.now()
    const said = Date.parse(answer.headers.get('date') ?? '')
    if (Number.isNaN(said)) return { server, fault: 'its answer has no date' }
    // It was said between asking and the answer, and the header has whole seconds.
    return {
      server,
      offset: asked > said + secondMilliseconds ? asked - said - secondMilliseconds : Math.min(0, answered - said),
    }
  } catch (cause) {
    return { server, fault: reasonOf(cause) }
  } finally {
    outbound.close()
  }
}
