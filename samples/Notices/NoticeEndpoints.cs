using Mesh.Api.Rest;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Notices;

/// <summary>The answer to a write.</summary>
public sealed record NoticeAnswer(bool Changed, long Sequence);

/// <summary>Notices over REST: <c>/api/notices/items</c>.</summary>
public sealed class NoticeEndpoints(ICommandBus bus, StateReads reads)
{
    private const string Tag = "Notices";
    private static readonly OperationDoc SetDoc = new("setNotice", Tag, "Puts a notice on a service")
    {
        Body = typeof(NoticeSet), BodyExample = """{"service":"shop","text":"deprecated"}""", Answer = typeof(NoticeAnswer),
        Problems = [400, 422, 503],
    };

    private static readonly OperationDoc ListDoc = new("listNotices", Tag, "Lists all notices")
    {
        Answer = typeof(List<NoticeItem>),
        Problems = [400, 503],
    };

    /// <summary>Maps the operations.</summary>
    public void Map(RestRoutes rest)
    {
        rest.Post("/items", Set, SetDoc);
        rest.Get("/items", List, ListDoc);
    }

    private async Task Set(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        new QueryFields(context.Request.Query, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var request = SetNotice.Read(fields?.Text("namespace"), fields?.Text("service"), fields?.Text("text"), faults);
        fields?.End();
        await bus.SendAsync(context, body, faults, request, (outcome, _, _) => (new NoticeAnswer(outcome.Changed, outcome.Sequence), 0L),
            NoticesJson.Default.NoticeAnswer).ConfigureAwait(false);
    }

    private Task List(HttpContext context)
    {
        var faults = new Faults();
        var query = new QueryFields(context.Request.Query, faults);
        var demand = ReadDemand.Of(query, faults);
        query.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            await context.WriteLargeJsonAsync(NoticesState.Of(state).All.Values.ToList(),
                NoticesJson.Default.ListNoticeItem).ConfigureAwait(false);
            return null;
        });
    }
}
