// Checks how news of cases come, and how long the test system takes when several call at once.

import { faultOf, mendOf } from './credentials.ts'
import { shownOf } from './exchanges.ts'
import { failed, notApplicable, passed, type Verdict } from './finding.ts'
import { called, type Subject } from './subject.ts'

const PAGE = 10
const CALLS = 20
const AT_ONCE = 4

export async function checkNews(subject: Subject): Promise<Verdict> {
  const { city, backend: config, exchanges, open } = subject
  const { news } = open.backend
  if (news === null) {
    return notApplicable({ zh: '该协议不通报办件进展。', en: 'The protocol tells nothing of a case.' })
  }
  if (news.kind === 'callback') {
    const path = `/v1/cities/${city.key}/events`
    return notApplicable({
      zh: `由该市回调：请把“网关对外地址 + ${path}”登记到该市，密钥用双方约定的 ${config.secretFile}；回调只有从该市发起才能核对。`,
      en: `The city calls: let it enter the gateway’s outer address with ${path}, and the agreed key in ${config.secretFile}; only a call of its own can show that it works.`,
    })
  }
  const { value: first, exchanged } = await exchanges.during(() => news.fetch(null, PAGE))
  const shown = shownOf(exchanged, null, true)
  const mend = {
    zh: '请该市核对通知查询接口：首次不带游标，每页不超过所要条数，并返回下一个游标。',
    en: 'Ask the city to check how it is asked for news: no cursor at first, at most as many as asked for, and the next cursor.',
  }
  if (first.kind === 'failed') {
    return failed(
      { zh: `查询通知失败（${first.faultCode}）。`, en: `Asking for news failed (${first.faultCode}).` },
      mend,
      shown,
    )
  }
  if (first.page.news.length > PAGE) {
    return failed(
      {
        zh: `只要 ${PAGE} 条，来了 ${first.page.news.length} 条。`,
        en: `${first.page.news.length} came where ${PAGE} were asked for.`,
      },
      mend,
      shown,
    )
  }
  const { value: second, exchanged: more } = await exchanges.during(() => news.fetch(first.page.next, PAGE))
  if (second.kind === 'failed') {
    return failed(
      {
        zh: `用返回的游标再查，失败（${second.faultCode}）。`,
        en: `With the cursor that it gave, it failed (${second.faultCode}).`,
      },
      mend,
      shownOf(more, null, true),
    )
  }
  const seen = new Set(first.page.news.map(({ id }) => id))
  if (second.page.news.some(({ id }) => seen.has(id))) {
    return failed(
      { zh: '下一页重复了上一页的通知。', en: 'The next page repeats what the first had.' },
      mend,
      shownOf(more, null, true),
    )
  }
  const count = first.page.news.length
  return passed(
    { zh: `可以查询，首页 ${count} 条，可续查。`, en: `It answers: ${count} on the first page, and goes on.` },
    shown,
  )
}

export async function checkLoad(subject: Subject): Promise<Verdict> {
  const { limits, breaker } = subject.backend
  const times: number[] = []
  let wrong: Verdict | null = null
  const waiting = Array.from({ length: CALLS }).values()
  const work = async (): Promise<void> => {
    for (const _ of waiting) {
      const { outcome, exchanged, tookMs } = await called(subject, subject.open.health)
      times.push(tookMs)
      if (outcome.sent !== 'answered') {
        wrong ??= failed(faultOf(outcome), mendOf(outcome, subject), shownOf(exchanged, null))
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (wrong !== null) return wrong
  times.sort((a, b) => a - b)
  const [median, slowest] = [times[times.length >> 1] ?? 0, times.at(-1) ?? 0].map((ms) => Math.round(ms * 10) / 10)
  const slow = breaker.slowCallMs ?? null
  const bound = slow ?? limits.ownDeadlineMs
  const found = {
    zh: `${CALLS} 次呼叫、${AT_ONCE} 路并发：中位 ${median} 毫秒，最慢 ${slowest} 毫秒（${slow === null ? '时限' : '慢呼叫线'} ${bound}）。`,
    en: `${CALLS} calls, ${AT_ONCE} at once: median ${median} ms, slowest ${slowest} ms (${slow === null ? 'deadline' : 'slow from'} ${bound}).`,
  }
  if ((slowest ?? 0) <= bound) return passed(found, null)
  return failed(
    found,
    {
      zh: '请该市查处理时间和连接数；按实测再定 limits 和 breaker.slowCallMs。',
      en: 'Ask the city about its processing time and connections; set limits and breaker.slowCallMs by what is measured.',
    },
    null,
  )
}
