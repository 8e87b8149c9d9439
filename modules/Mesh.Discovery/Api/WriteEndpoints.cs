using Mesh.Api.Rest;
using Mesh.Api.Rpc;
using Mesh.Contracts.Discovery;
using Mesh.Contracts.Rest;
using Mesh.Discovery.Answers;
using Mesh.Discovery.Deregister;
using Mesh.Discovery.Mode;
using Mesh.Discovery.Register;
using Mesh.Discovery.Settings;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Discovery.Api;

/// <summary>Changes services over REST (Flow step 1): reads the request strictly, sends the command, writes the answer.</summary>
internal sealed class WriteEndpoints(ICommandBus bus, DiscoveryWrites writes)
{
    public async Task RegisterAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var replace = parameters.Read(DiscoveryOperations.Replace) ?? false;
        parameters.End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var command = fields is null ? null : RegisterRules.Read(RegisterInput.Read(fields), faults);
        var caller = CommandCaller.Of(context, body, faults);
        var precondition = Preconditions.Read(context.Request.Headers, faults);
        if (faults.ToRefusal() is { } invalid)
        {
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var valid = command ?? throw new InvalidOperationException("A registration without faults means a command.");
        valid = valid with { Replace = valid.Replace || replace, Precondition = precondition };
        var outcome = await writes.RegisterAsync(valid, caller, context.RequestAborted).ConfigureAwait(false);
        var key = new ServiceKey(valid.Instance.Namespace, valid.Instance.Service);
        await context.WriteOutcomeAsync(outcome, done => AnswerOf(done, key, done.AnswerTo(valid)), RestJson.Readable.WriteAnswer)
            .ConfigureAwait(false);
    }

    public Task DeregisterAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var name = parameters.Read(DiscoveryOperations.Name);
        var @namespace = parameters.Read(StandardParameters.Namespace);
        var id = RegisterRules.InstanceId(parameters.Read(DiscoveryOperations.InstanceId), "instanceId", faults);
        var incarnation = parameters.Read(DiscoveryOperations.Incarnation);
        if (incarnation is not null && id is null && !faults.Has("instanceId"))
            faults.Add("incarnation", "needs-instance-id", "An incarnation belongs to one instance: set 'instanceId' too.");
        parameters.End();
        var request = ValidRequest.Of<DiscoveryAnswer>(
            ServiceKey.Of(@namespace, name), faults,
            (key, precondition) => new DeregisterInstances(key, id) { Incarnation = incarnation ?? 0, Precondition = precondition });
        return SendAsync(context, null, faults, request);
    }

    public async Task ModeAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var name = fields is null ? null : Labels.Read(fields.Text("name"), "name", null, faults);
        var @namespace = Labels.Read(fields?.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults);
        var id = RegisterRules.InstanceId(fields?.NonEmpty("instanceId"), "instanceId", faults);
        var mode = fields is null ? default : ModeRules.Read(fields.Text("mode"), "mode", faults);
        fields?.End();
        var request = ValidRequest.Of<DiscoveryAnswer>(
            ServiceKey.Of(@namespace, name), faults, (key, precondition) => new SetMode(key, id, mode) { Precondition = precondition });
        await SendAsync(context, body, faults, request).ConfigureAwait(false);
    }

    public async Task HeartbeatAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        RequestParameters.Of(context, faults).End();
        var fields = JsonFields.Of(body.Root, "", faults);
        var name = fields is null ? null : Labels.Read(fields.Text("name"), "name", null, faults);
        var @namespace = Labels.Read(fields?.Text("namespace"), "namespace", ServiceKey.DefaultNamespace, faults);
        var idText = fields?.Text("instanceId");
        if (fields is not null && string.IsNullOrEmpty(idText) && !faults.Has("instanceId"))
            faults.Add("instanceId", "missing", "'instanceId' is required.");
        var id = RegisterRules.InstanceId(idText, "instanceId", faults);
        var incarnation = fields?.LongNumber("incarnation");
        if (incarnation < 0) faults.Add("incarnation", "out-of-range", "An incarnation is a whole number from 1, or 0 for any.");
        fields?.End();
        if (faults.Any || ServiceKey.Of(@namespace, name) is not { } key || id is null)
        {
            var invalid = faults.ToRefusal() ?? throw new InvalidOperationException("A heartbeat without faults names its instance.");
            await context.WriteProblemAsync(invalid).ConfigureAwait(false);
            return;
        }

        var (refusal, instance, degraded) =
            await writes.HeartbeatAsync(key, id, incarnation ?? 0, context.RequestAborted).ConfigureAwait(false);
        if (refusal is not null)
        {
            await context.WriteProblemAsync(refusal).ConfigureAwait(false);
            return;
        }

        var ttl = instance!.Spec.TtlSeconds;
        var answer = new HeartbeatAnswer { TtlSeconds = ttl, Incarnation = instance.Incarnation, Degraded = degraded };
        await context.WriteJsonAsync(answer, RestJson.Readable.HeartbeatAnswer).ConfigureAwait(false);
    }

    public async Task PutSettingsAsync(HttpContext context)
    {
        using var body = await JsonBody.ReadAsync(context).ConfigureAwait(false);
        if (body is null) return;
        var faults = new Faults();
        var fields = JsonFields.Of(body.Root, "", faults);
        var settings = fields is null ? null : new ServiceSettings { EmptyPushProtection = fields.Flag("emptyPushProtection") };
        fields?.End();
        await SettingsAsync(context, body, settings, faults).ConfigureAwait(false);
    }

    public Task DeleteSettingsAsync(HttpContext context) => SettingsAsync(context, null, null, new Faults());

    private Task SettingsAsync(HttpContext context, JsonBody? body, ServiceSettings? settings, Faults faults)
    {
        var parameters = RequestParameters.Of(context, faults);
        var name = parameters.Read(DiscoveryOperations.NameInPath);
        var @namespace = parameters.Read(StandardParameters.Namespace);
        parameters.End();
        var request = ValidRequest.Of<DiscoveryAnswer>(
            ServiceKey.Of(@namespace, name), faults,
            (key, precondition) => new ChangeSettings(key, settings) { Precondition = precondition });
        return SendAsync(context, body, faults, request);
    }

    private Task SendAsync(HttpContext context, JsonBody? body, Faults faults, ValidRequest<DiscoveryAnswer>? request) =>
        bus.SendAsync(context, body, faults, request, AnswerOf, RestJson.Readable.WriteAnswer);

    private static (WriteAnswer Answer, long Version) AnswerOf(CommandOutcome outcome, ServiceKey key, DiscoveryAnswer answer) =>
        (new WriteAnswer
    {
        Changed = outcome.Changed,
        Sequence = outcome.Sequence,
        Name = key.Name,
        Namespace = key.Namespace,
        Instances = answer.Instances,
        Affected = answer.Affected,
        InstanceId = answer.InstanceId,
        Incarnation = answer.Incarnation == 0 ? null : answer.Incarnation,
        Revision = answer.Version == 0 ? null : answer.Version,
    }, answer.Version);
}
