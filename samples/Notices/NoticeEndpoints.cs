using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Notices;

/// <summary>The answer to a write.</summary>
public sealed record NoticeAnswer(bool Changed, long Sequence);

/// <summary>Notices over REST: <c>/api/notices/items</c>.</summary>
public sealed class NoticeEndpoints(ICommandBus bus, StateReads reads)
{
    private static readonly OperationGroup Group = OperationGroup.OfModule("Notices", "/notices", NoticesModule.Permissions);

    private static readonly Operation SetOperation = new(Group, OperationKind.Write, HttpMethods.Post, "/items", "setNotice",
        "Puts a notice on a service")
    {
        Rpc = V1.Notices.Descriptor.Method("Set"),
        Body = typeof(NoticeSet), BodyExample = """{"service":"shop","text":"deprecated"}""", Answer = typeof(NoticeAnswer),
    };

    private static readonly Operation ListOperation = new(Group, OperationKind.Read, HttpMethods.Get, "/items", "listNotices",
        "Lists all notices")
    {
        Rpc = V1.Notices.Descriptor.Method("List"),
        Answer = typeof(List<NoticeItem>),
    };

    /// <summary>Maps the operations.</summary>
    public void Map(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapOperation(SetOperation, SetAsync);
        endpoints.MapOperation(ListOperation, ListAsync);
    }

    private async Task SetAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var request = SetNotice.Read(fields?.Text("namespace"), fields?.Text("service"), fields?.Text("text"), faults);
        fields?.End();
        await bus.SendAsync(context, body, faults, request, (outcome, _, _) => (new NoticeAnswer(outcome.Changed, outcome.Sequence), 0L),
            NoticesJson.Default.NoticeAnswer).ConfigureAwait(false);
    }

    private Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var demand = ReadDemand.Of(parameters, faults);
        parameters.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            await context.WriteLargeJsonAsync(NoticesState.Of(state).All.Values.ToList(),
                NoticesJson.Default.ListNoticeItem).ConfigureAwait(false);
            return null;
        });
    }
}
