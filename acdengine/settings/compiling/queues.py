"""Queues of the plan."""

from __future__ import annotations

from acdengine.settings.compiling.accepting import accept_key_of
from acdengine.settings.compiling.ids import full_id, to_us, to_us_or_none
from acdengine.settings.compiling.recording import recording_policy_of
from acdengine.settings.compiling.targets import targets_of
from acdengine.settings.queues import (
    AnnouncementSettings,
    CallbackSettings,
    OrderSettings,
    QueueSettings,
    ServiceLevelSettings,
    StaffSettings,
    StepSettings,
)
from acdengine.settings.tenants import TenantSettings
from queues.policy import (
    Announcements,
    CallbackPolicy,
    EstimatePolicy,
    LevelRules,
    OrderPolicy,
    Overflow,
    PreferredRule,
    QueuePolicy,
    ServiceLevelPolicy,
    StaffRule,
    Step,
)


def queue_of(tenant: str, name: str, settings: QueueSettings, about: TenantSettings) -> QueuePolicy:
    """A queue of the plan; what it does not say itself is as `about` its tenant."""
    shows = about.show_numbers if settings.show_numbers is None else settings.show_numbers
    return QueuePolicy(
        queue_id=full_id(tenant, name),
        tenant_id=tenant,
        name=settings.name or name,
        country_code=about.country_code or "",
        national_prefix=about.national_prefix,
        strategy=settings.strategy,
        order=_order(settings.order),
        steps=_steps(tenant, settings),
        levels=LevelRules(
            wait_us=to_us(settings.levels.wait_s),
            per_level=settings.levels.per_level,
            skip_unstaffed=settings.levels.skip_unstaffed,
        ),
        preferred=tuple(
            PreferredRule(min_score=rule.min_score, wait_us=to_us(rule.wait_s))
            for rule in settings.preferred
        ),
        ring_timeout_us=to_us(settings.ring_timeout_s),
        ring_more_us=to_us(settings.ring_more_s),
        ring_limit=settings.ring_limit,
        max_length=settings.max_length,
        when_full=targets_of(tenant, settings.when_full),
        max_wait_us=to_us_or_none(settings.max_wait_s),
        when_waited=targets_of(tenant, settings.when_waited),
        join_staff=_staff(settings.join_staff),
        when_no_staff=targets_of(tenant, settings.when_no_staff),
        leave_staff=_staff(settings.leave_staff),
        leave_grace_us=to_us(settings.leave_grace_s),
        when_staff_left=targets_of(tenant, settings.when_staff_left),
        overflow=tuple(
            Overflow(
                after_us=to_us(line.after_s),
                targets=targets_of(tenant, line.to),
                retry_us=to_us(line.retry_s),
            )
            for line in settings.overflow
        ),
        exit_keys={key: targets_of(tenant, to) for key, to in settings.exit_keys.items()},
        max_conversations=settings.max_conversations,
        answer=settings.answer,
        announcements=_announcements(settings.announcements),
        pick_up=settings.pick_up,
        whisper=settings.whisper,
        accept_key=accept_key_of(settings.accept_key),
        screen_pop=dict(settings.screen_pop),
        show_numbers=shows,
        caller_name=settings.caller_name,
        recording=recording_policy_of(settings.recording or about.recording),
        callback=_callback(tenant, settings.callback),
        resume_us=to_us(settings.resume_s),
        short_abandon_us=to_us(settings.short_abandon_s),
        estimate=EstimatePolicy(initial_handle_us=to_us(settings.estimate.initial_handle_s)),
        service_level=_service_level(settings.service_level),
    )


def _order(settings: OrderSettings) -> OrderPolicy:
    return OrderPolicy(
        mode=settings.mode,
        boost_per_priority_us=to_us(settings.boost_per_priority_s),
        boosts_us={priority: to_us(boost) for priority, boost in settings.boosts_s.items()},
        weights=dict(settings.weights),
    )


def _steps(tenant: str, settings: QueueSettings) -> tuple[Step, ...]:
    steps = settings.steps or [StepSettings(requirement=settings.requirement)]
    return tuple(
        Step(
            requirement=step.requirement,
            expires_us=to_us_or_none(step.expires_s),
            add_teams=tuple(full_id(tenant, team) for team in step.add_teams),
            drop_skills=tuple(step.drop_skills),
        )
        for step in steps
    )


def _staff(settings: StaffSettings | None) -> StaffRule | None:
    if settings is None:
        return None
    return StaffRule(states=tuple(settings.states), at_least=settings.at_least)


def _announcements(settings: AnnouncementSettings) -> Announcements:
    return Announcements(
        greeting=settings.greeting,
        music=settings.music,
        first_after_us=to_us(settings.first_after_s),
        every_us=to_us(settings.every_s or 0),
        position=settings.position,
        position_limit=settings.position_limit,
        position_only_better=settings.position_only_better,
        estimate=settings.estimate,
        estimate_round_us=to_us(settings.estimate_round_s),
        estimate_limit_us=to_us_or_none(settings.estimate_limit_s),
        comfort=tuple(settings.comfort),
    )


def _callback(tenant: str, settings: CallbackSettings | None) -> CallbackPolicy | None:
    if settings is None:
        return None
    return CallbackPolicy(
        mode=settings.mode,
        attempts=settings.attempts,
        retry_us=to_us(settings.retry_s),
        ring_timeout_us=to_us(settings.ring_timeout_s),
        expires_us=to_us(settings.expires_s),
        hours_id=full_id(tenant, settings.hours),
        limit=settings.limit,
        confirm_prompt=settings.confirm_prompt,
    )


def _service_level(settings: ServiceLevelSettings) -> ServiceLevelPolicy:
    return ServiceLevelPolicy(
        threshold_us=to_us(settings.threshold_s),
        target=settings.target,
        window_us=to_us(settings.window_s),
        abandons=settings.abandons,
    )
