using Mesh.DataPlane.Calls;
using Mesh.DataPlane.Loads;
using Mesh.DataPlane.Resilience;

namespace Mesh.Tests.DataPlane.Calls;

public class AnswerHeadTests
{
    [Theory]
    [InlineData(200, null, AttemptOutcome.Success, LoadOutcome.Succeeded)]
    [InlineData(404, null, AttemptOutcome.Success, LoadOutcome.Succeeded)]
    [InlineData(500, null, AttemptOutcome.Failure, LoadOutcome.Failed)]
    [InlineData(503, null, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(200, 0, AttemptOutcome.Success, LoadOutcome.Succeeded)]
    [InlineData(200, 5, AttemptOutcome.Success, LoadOutcome.Succeeded)]
    [InlineData(200, 13, AttemptOutcome.Failure, LoadOutcome.Failed)]
    [InlineData(200, 14, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(508, null, null, LoadOutcome.Abandoned)]
    public void An_answer_counts_for_its_endpoint_as_it_says(int status, int? grpc, AttemptOutcome? outlier, LoadOutcome load)
    {
        var head = new AnswerHead(status, grpc);
        Assert.Equal(outlier, head.OutcomeOf(null));
        Assert.Equal(load, head.LoadOf(null));
    }

    [Theory]
    [InlineData(FailureKind.NotConnected, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.NotProcessed, null, LoadOutcome.Failed)]
    [InlineData(FailureKind.BrokenOff, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.InvalidResponse, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.ResponseBroken, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.TimedOut, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.AttemptTimedOut, AttemptOutcome.GatewayFailure, LoadOutcome.Failed)]
    [InlineData(FailureKind.HeadTooLarge, null, LoadOutcome.Abandoned)]
    [InlineData(FailureKind.BadRequest, null, LoadOutcome.Abandoned)]
    [InlineData(FailureKind.Malformed, null, LoadOutcome.Abandoned)]
    [InlineData(FailureKind.NotOffered, null, LoadOutcome.Abandoned)]
    [InlineData(FailureKind.ClientGone, null, LoadOutcome.Abandoned)]
    public void A_failure_counts_against_an_endpoint_unless_it_is_the_clients(FailureKind kind, AttemptOutcome? outlier, LoadOutcome load)
    {
        var failure = new AttemptFailure(kind, "");
        Assert.Equal(outlier, default(AnswerHead).OutcomeOf(failure));
        Assert.Equal(load, default(AnswerHead).LoadOf(failure));
    }

    [Theory]
    [InlineData(FailureKind.BrokenOff, LoadOutcome.Failed)]
    [InlineData(FailureKind.TimedOut, LoadOutcome.Abandoned)]
    [InlineData(FailureKind.AttemptTimedOut, LoadOutcome.Abandoned)]
    public void What_ended_while_the_client_was_sending_does_not_count_against_an_endpoint(FailureKind kind, LoadOutcome load)
    {
        var failure = new AttemptFailure(kind, "") { WasUploading = true };
        Assert.Null(default(AnswerHead).OutcomeOf(failure));
        Assert.Equal(load, default(AnswerHead).LoadOf(failure));
    }

    [Theory]
    [InlineData(200, AttemptOutcome.Success)]
    [InlineData(503, AttemptOutcome.GatewayFailure)]
    public void An_endpoint_that_answered_in_time_is_judged_by_its_status_however_long_the_rest_takes(int status, AttemptOutcome outlier) =>
        Assert.Equal(outlier, new AnswerHead(status, null).OutcomeOf(new AttemptFailure(FailureKind.TimedOut, "")));

    [Theory]
    [InlineData(200, 0, LoadOutcome.Succeeded)]
    [InlineData(200, 14, LoadOutcome.Failed)]
    [InlineData(503, null, LoadOutcome.Failed)]
    [InlineData(200, null, LoadOutcome.Abandoned)]
    public void A_client_that_leaves_with_its_answers_status_has_had_its_answer(int status, int? grpc, LoadOutcome load) =>
        Assert.Equal(load, new AnswerHead(status, grpc).LoadOf(new AttemptFailure(FailureKind.ClientGone, "")));
}
