// What becomes of the work of a batch when the parts that hold it have their fate.

#include <utility>

#include "core/base/planted_bug.h"
#include "core/node/leader.h"

namespace es::node {

namespace {

const Error kDependsOnRefused{Errc::kUnavailable,
                              "Another change that came first was refused, so nothing was done. Ask again."};

}  // namespace

void Leader::finish_parts(Step& step) {
  if (!batch_) return;
  std::vector<Answer> open;
  for (Answer& answer : std::exchange(answers_, {})) {
    const std::optional<Status> fate = batch_->fate(answer.objects);
    if (!fate) {
      open.push_back(std::move(answer));
      continue;
    }
    std::visit([&](auto& done) { finish(step, done, *fate); }, answer.what);
  }
  answers_ = std::move(open);
  if (!batch_->is_over()) return;
  ES_ASSERT(answers_.empty());
  batch_.reset();
}

void Leader::finish(Step& step, CommandDone& done, const Status& fate) {
  const bool failed = done.reply.error_code != 0;
  if (!fate.ok()) return refuse(step, done.to, done.reply.request, failed ? kDependsOnRefused : fate.error());
  done.reply.applied_index = replica_.applied_index();
  step.send(done.to, {}, std::move(done.reply));
}

void Leader::finish(Step& step, ReportDone& done, const Status& fate) {
  if (fate.ok() || ES_PLANTED(report_acknowledged_unwritten)) {
    step.send(done.from, {}, wire::StatusAck{done.report.session, done.report.sequence});
  } else {
    take_report(done.from, std::move(done.report));
  }
}

// Kept until the log holds it: an agent says each thing once a session. What came later of a task counts.
void Leader::take_report(NodeId from, Report report) {
  if (!dispatcher_.is_current(from, report.session)) return;
  Report& kept = reports_[from];
  if (kept.session != report.session) kept = {report.session, 0, {}};
  const bool newer = report.sequence > kept.sequence;
  for (auto& [task, status] : report.seen) {
    if (newer) kept.seen.insert_or_assign(task, std::move(status));
    else kept.seen.try_emplace(task, std::move(status));
  }
  kept.sequence = std::max(kept.sequence, report.sequence);
}

void Leader::finish(Step&, RegistrationDone& done, const Status& fate) {
  if (!fate.ok()) registrations_.try_emplace(done.from, std::move(done.registration));
}

void Leader::finish(Step&, DepartureDone& done, const Status& fate) {
  if (!fate.ok()) departures_.insert(done.from);
}

// The board asks again by itself, and nothing of it is kept.
void Leader::finish(Step& step, JoinTicket& done, const Status& fate) {
  answer_join(step, done, fate.ok() ? std::string() : fate.error().message);
}

void Leader::finish(Step& step, CertificateTicket& done, const Status& fate) {
  if (fate.ok()) step.send(done.node, {}, wire::CertificateReply{done.role, done.certificate});
  else signed_.push_back(std::move(done));
}

// Only a quorum knows that a node is no member: these tables may be older than it.
void Leader::finish(Step& step, Unknown& done, const Status& fate) {
  if (fate.ok() && !replica_.tables().node(done.node)) step.send(done.node, {}, Removed{});
}

}  // namespace es::node
