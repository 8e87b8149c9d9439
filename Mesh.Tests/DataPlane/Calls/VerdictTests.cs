using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Routing;

namespace Mesh.Tests.DataPlane.Calls;

public class VerdictTests
{
    private static readonly RetryPolicy Any = new(RetryConditions.ServerError, 2),
        Never = new(RetryConditions.StatusCodes, 2) { StatusCodes = [418] };

    [Theory]
    [InlineData(FailureKind.NotConnected, NextStep.TryAnother, NextStep.TryAnother)]
    [InlineData(FailureKind.NotProcessed, NextStep.TryAnother, NextStep.TryAnother)]
    [InlineData(FailureKind.BrokenOff, NextStep.TryAnother, NextStep.Refuse)]
    [InlineData(FailureKind.InvalidResponse, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.ResponseBroken, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.TimedOut, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.AttemptTimedOut, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.HeadTooLarge, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.BadRequest, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.Malformed, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.NotOffered, NextStep.Refuse, NextStep.Refuse)]
    [InlineData(FailureKind.ClientGone, NextStep.Abandon, NextStep.Abandon)]
    public void Without_a_policy_a_request_goes_elsewhere_where_nobody_has_looked_at_it_or_where_its_method_is_safe(FailureKind kind,
        NextStep get, NextStep post)
    {
        Assert.Equal(get, Verdict.OfFailure(new CallFacts { IsSafe = true }, Failed(kind)).Next);
        Assert.Equal(post, Verdict.OfFailure(new CallFacts { IsSafe = false }, Failed(kind)).Next);
    }

    [Theory]
    [InlineData(FailureKind.NotConnected, NextStep.TryAnother)]
    [InlineData(FailureKind.NotProcessed, NextStep.Retry)]
    [InlineData(FailureKind.BrokenOff, NextStep.Retry)]
    [InlineData(FailureKind.InvalidResponse, NextStep.Retry)]
    [InlineData(FailureKind.ResponseBroken, NextStep.Refuse)]
    [InlineData(FailureKind.TimedOut, NextStep.Refuse)]
    [InlineData(FailureKind.AttemptTimedOut, NextStep.Retry)]
    [InlineData(FailureKind.HeadTooLarge, NextStep.Refuse)]
    [InlineData(FailureKind.BadRequest, NextStep.Refuse)]
    public void A_policy_has_a_request_sent_again_that_got_no_answer(FailureKind kind, NextStep next) =>
        Assert.Equal(next, Verdict.OfFailure(new CallFacts { Policy = Any }, Failed(kind)).Next);

    [Theory]
    [InlineData(FailureKind.NotConnected, NextStep.TryAnother)]
    [InlineData(FailureKind.NotProcessed, NextStep.FallBack)]
    [InlineData(FailureKind.BrokenOff, NextStep.FallBack)]
    [InlineData(FailureKind.InvalidResponse, NextStep.FallBack)]
    [InlineData(FailureKind.ResponseBroken, NextStep.Refuse)]
    [InlineData(FailureKind.TimedOut, NextStep.Refuse)]
    [InlineData(FailureKind.AttemptTimedOut, NextStep.FallBack)]
    [InlineData(FailureKind.HeadTooLarge, NextStep.Refuse)]
    [InlineData(FailureKind.BadRequest, NextStep.Refuse)]
    public void The_fallback_is_asked_once_the_retries_are_used_up(FailureKind kind, NextStep next) =>
        Assert.Equal(next, Verdict.OfFailure(new CallFacts { Policy = Any, Retries = 2, HasFallback = true }, Failed(kind)).Next);

    [Theory]
    [InlineData(BodyState.None, NextStep.Retry)]
    [InlineData(BodyState.Kept, NextStep.Retry)]
    [InlineData(BodyState.Once, NextStep.Refuse)]
    public void A_body_that_was_not_kept_is_never_sent_again(BodyState body, NextStep next)
    {
        Assert.Equal(next,
            Verdict.OfFailure(new CallFacts { Policy = Any, Body = body, HasFallback = true }, Failed(FailureKind.BrokenOff)).Next);
        Assert.Equal(next == NextStep.Retry ? next : NextStep.Deliver,
            Verdict.OfAnswer(new CallFacts { Policy = Any, Body = body, HasFallback = true }, new AnswerHead(503, null)).Next);
    }

    [Fact]
    public void Without_budget_the_fallback_is_asked_or_the_client_told_but_nobody_else_is()
    {
        Assert.Equal(new Verdict(NextStep.Retry, NextStep.FallBack),
            Verdict.OfFailure(new CallFacts { Policy = Any, HasFallback = true, IsSafe = true }, Failed(FailureKind.BrokenOff)));
        Assert.Equal(new Verdict(NextStep.Retry, NextStep.Refuse),
            Verdict.OfFailure(new CallFacts { Policy = Any, IsSafe = true }, Failed(FailureKind.BrokenOff)));
        Assert.Equal(new Verdict(NextStep.Retry, NextStep.Deliver),
            Verdict.OfAnswer(new CallFacts { Policy = Any }, new AnswerHead(503, null)));
        Assert.Equal(new Verdict(NextStep.StartOver, NextStep.FallBack),
            Verdict.WithoutEndpoint(new CallFacts { Policy = Any, HasFallback = true }, Failed(FailureKind.NotConnected), isTcp: false));
    }

    [Fact]
    public void What_a_policy_does_not_speak_of_is_as_it_is_without_one()
    {
        foreach (var kind in Enum.GetValues<FailureKind>())
        {
            foreach (var facts in AllFacts().Where(f => f.Policy is null))
                Assert.Equal(Verdict.OfFailure(facts, Failed(kind)), Verdict.OfFailure(facts with { Policy = Never }, Failed(kind)));
        }
    }

    [Theory]
    [InlineData(200, null, NextStep.Deliver)]
    [InlineData(404, null, NextStep.Deliver)]
    [InlineData(500, null, NextStep.Deliver)]
    [InlineData(501, null, NextStep.Deliver)]
    [InlineData(502, null, NextStep.FallBack)]
    [InlineData(503, null, NextStep.FallBack)]
    [InlineData(504, null, NextStep.FallBack)]
    [InlineData(508, null, NextStep.Deliver)]
    [InlineData(200, 0, NextStep.Deliver)]
    [InlineData(200, 13, NextStep.Deliver)]
    [InlineData(200, 14, NextStep.FallBack)]
    public void An_answer_that_is_nobodys_has_the_fallback_asked(int status, int? grpc, NextStep next) =>
        Assert.Equal(next, Verdict.OfAnswer(new CallFacts { HasFallback = true }, new AnswerHead(status, grpc)).Next);

    [Theory]
    [InlineData(FailureKind.NotConnected, 0, NextStep.StartOver)]
    [InlineData(FailureKind.NotConnected, 2, NextStep.FallBack)]
    [InlineData(FailureKind.BrokenOff, 0, NextStep.FallBack)]
    [InlineData(null, 0, NextStep.FallBack)]
    public void Endpoints_that_could_not_be_reached_are_all_tried_again_where_a_policy_says_so(FailureKind? last, int retries,
        NextStep next) =>
        Assert.Equal(next, Verdict.WithoutEndpoint(
            new CallFacts { Policy = Any, Retries = retries, HasFallback = true }, last is { } kind ? Failed(kind) : null,
            isTcp: false).Next);

    [Fact]
    public void No_fallback_is_asked_in_place_of_endpoints_that_speak_another_protocol() =>
        Assert.Equal(NextStep.Refuse, Verdict.WithoutEndpoint(new CallFacts { HasFallback = true }, null, isTcp: true).Next);

    [Fact]
    public void Whatever_has_happened_no_verdict_breaks_a_rule()
    {
        var count = 0;
        foreach (var facts in AllFacts())
        {
            foreach (var kind in Enum.GetValues<FailureKind>())
            {
                Check(facts with { WasSeen = facts.WasSeen || Failed(kind).WasSeen }, Verdict.OfFailure(facts, Failed(kind)), kind,
                    answer: null);
                if (!Failed(kind).IsClients)
                    Check(facts, Verdict.WithoutEndpoint(facts, Failed(kind), isTcp: false), kind, answer: null);
                count++;
            }

            foreach (var status in (int[])[200, 204, 301, 404, 409, 418, 429, 500, 501, 502, 503, 504, 508])
            {
                foreach (var grpc in (int?[])[null, 0, 1, 4, 8, 13, 14])
                {
                    Check(facts with { WasSeen = true }, Verdict.OfAnswer(facts, new AnswerHead(status, grpc)), null,
                        new AnswerHead(status, grpc));
                    count++;
                }
            }

            Check(facts, Verdict.OfOverflow(facts), null, null);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{count} cases");
    }

    private static void Check(CallFacts facts, Verdict verdict, FailureKind? kind, AnswerHead? answer)
    {
        var because = $"{verdict} for {kind} {answer} with {facts}";
        var repeats = !facts.IsUpgrade && facts.Body != BodyState.Once;
        Assert.True(verdict.WithoutBudget is not (NextStep.Retry or NextStep.StartOver), because);
        Assert.True(verdict.Next is NextStep.Retry or NextStep.StartOver || verdict.Next == verdict.WithoutBudget, because);
        foreach (var step in (NextStep[])[verdict.Next, verdict.WithoutBudget])
        {
            Assert.True(step == NextStep.Deliver == (answer is not null) || step is NextStep.Retry or NextStep.FallBack, because);
            if (kind is FailureKind.ClientGone or FailureKind.Malformed or FailureKind.NotOffered)
                Assert.True(step is NextStep.Abandon or NextStep.Refuse, because);
            switch (step)
            {
                case NextStep.Abandon:
                    Assert.True(kind == FailureKind.ClientGone, because);
                    break;
                case NextStep.Retry:
                    Assert.True(
                        repeats && facts.Policy is not null && facts.Retries < facts.Policy.Retries
                            && (answer is not null || !facts.HasBegunAnswer), because);
                    Assert.True(
                        answer is { } head
                            ? facts.Policy!.Takes(head.Status, head.Grpc)
                            : facts.Policy!.Takes(Failed(kind!.Value).NoAnswer!.Value, facts.IsGrpc), because);
                    break;
                case NextStep.StartOver:
                    Assert.True(repeats && kind == FailureKind.NotConnected && facts.Policy!.Takes(NoAnswer.NotConnected, facts.IsGrpc),
                        because);
                    break;
                case NextStep.TryAnother:
                    Assert.True(!facts.HasBegunAnswer && answer is null, because);
                    Assert.True(
                        kind == FailureKind.NotConnected || (kind == FailureKind.NotProcessed && facts.Body != BodyState.Once)
                        || (kind == FailureKind.BrokenOff && facts is { IsSafe: true, Body: BodyState.None, IsUpgrade: false }), because);
                    break;
                case NextStep.FallBack:
                    Assert.True(facts is { HasFallback: true, HasBegunAnswer: false } && (repeats || !facts.WasSeen), because);
                    break;
            }
        }
    }

    private static IEnumerable<CallFacts> AllFacts()
    {
        bool[] both = [false, true];
        RetryPolicy?[] policies =
        [
            null, Never, Any, new(RetryConditions.ServerError, 0), new(RetryConditions.ConnectFailure, 1),
            new(RetryConditions.RefusedStream, 1), new(RetryConditions.Reset, 1),
            new(RetryConditions.GatewayError, 1), new(RetryConditions.Unavailable | RetryConditions.DeadlineExceeded, 1),
        ];
        return from policy in policies
               from retries in (int[])[0, 1, 2]
               from body in Enum.GetValues<BodyState>()
               from fallback in both
               from grpc in both
               from safe in both
               from upgrade in both
               from seen in both
               from begun in both
               select new CallFacts
               {
                   Policy = policy, Retries = retries, Body = body, HasFallback = fallback, IsGrpc = grpc, IsSafe = safe,
                   IsUpgrade = upgrade, WasSeen = seen, HasBegunAnswer = begun,
               };
    }

    private static AttemptFailure Failed(FailureKind kind) => new(kind, "");
}
