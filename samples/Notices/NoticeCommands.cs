using System.Text.Json.Serialization.Metadata;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Log;
using Mesh.Kernel.State;
using Mesh.Kernel.Values;

namespace Notices;

/// <summary>What the commands answer.</summary>
/// <param name="Service">The service that the notice is for.</param>
public sealed record NoticeResult(string Service);

/// <summary>Puts a notice on a service.</summary>
public sealed record SetNotice(ServiceKey Key, string Text) : ICommand<NoticeResult>
{
    /// <inheritdoc/>
    public string Name => "notices.set";

    /// <inheritdoc/>
    public JsonTypeInfo<NoticeResult> AnswerType => NoticesJson.Default.NoticeResult;

    /// <inheritdoc/>
    public string Stream => NoticesState.StreamOf(Key);

    /// <summary>The request; null where there are faults.</summary>
    public static ValidRequest<NoticeResult>? Read(string? @namespace, string? service, string? text, Faults faults)
    {
        var space = Labels.Read(@namespace, "namespace", ServiceKey.DefaultNamespace, faults);
        var name = Labels.Read(service, "service", null, faults);
        if (string.IsNullOrEmpty(text) || text.Length > 100 || text.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            faults.Add("text", "out-of-range", "A notice is 1 to 100 printable ASCII characters.");
        ServiceKey? key = space is null || name is null ? null : new(space, name);
        return ValidRequest.Of<NoticeResult>(key, faults, (service, _) => new SetNotice(service, text!));
    }

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context) =>
        NoticesState.Of(state).All.TryGetValue(Key, out var notice) && notice.Text == Text
        ? Decision.Unchanged(new NoticeResult(Key.ToString()))
        : Decision.Changed([NewEvent.Of(Stream, new NoticeSet(Key.Namespace, Key.Name, Text))], new NoticeResult(Key.ToString()));
}

/// <summary>Says that the service of a notice exists.</summary>
public sealed record ConfirmNotice(ServiceKey Key) : ICommand<NoticeResult>
{
    /// <inheritdoc/>
    public string Name => "notices.confirm";

    /// <inheritdoc/>
    public JsonTypeInfo<NoticeResult> AnswerType => NoticesJson.Default.NoticeResult;

    /// <inheritdoc/>
    public string Stream => NoticesState.StreamOf(Key);

    /// <inheritdoc/>
    public Decision Decide(MeshState state, DecisionContext context) =>
        NoticesState.Of(state).All.TryGetValue(Key, out var notice) && !notice.Confirmed
        ? Decision.Changed([NewEvent.Of(Stream, new NoticeConfirmed(Key.Namespace, Key.Name))], new NoticeResult(Key.ToString()))
        : Decision.Unchanged(new NoticeResult(Key.ToString()));
}
