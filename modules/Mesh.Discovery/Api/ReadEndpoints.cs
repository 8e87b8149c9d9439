using Mesh.Api.Rest;
using Mesh.Contracts.Rest;
using Mesh.Discovery.Read;
using Mesh.Discovery.State;
using Mesh.Kernel.Catalog;
using Mesh.Kernel.Commands;
using Mesh.Kernel.Values;
using Microsoft.AspNetCore.Http;

namespace Mesh.Discovery.Api;

/// <summary>Lists and shows services over REST.</summary>
internal sealed class ReadEndpoints(StateReads reads, LongPoll polls)
{
    public Task ListAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var filter = ServiceFilter.Of(
            parameters.Read(StandardParameters.OnlyNamespace), parameters.Read(DiscoveryOperations.OnlyName),
            parameters.Read(DiscoveryOperations.OnlyProtocol), parameters.Read(DiscoveryOperations.OnlyVersion),
            parameters.Read(DiscoveryOperations.OnlyZone), parameters.Read(DiscoveryOperations.OnlyHealth),
            parameters.Read(DiscoveryOperations.OnlyMetadata), faults);
        var demand = PollDemand.Of(parameters, faults);
        parameters.End();
        return polls.AnswerAsync(
            context, faults, filter, demand, state => ServiceAnswers.ToList(state.Facts<DiscoveryState>(), state.Sequence, filter),
            RestJson.Readable.ServiceListAnswer);
    }

    public Task GetAsync(HttpContext context)
    {
        var faults = new Faults();
        var parameters = RequestParameters.Of(context, faults);
        var name = parameters.Read(DiscoveryOperations.NameInPath);
        var @namespace = parameters.Read(StandardParameters.Namespace);
        var demand = ReadDemand.Of(parameters, faults);
        parameters.End();
        return reads.AnswerAsync(context, faults, demand, async state =>
        {
            var key = ServiceKey.Of(@namespace, name).GetValueOrDefault();
            if (state.Facts<DiscoveryState>().Find(key) is not { Exists: true } service)
                return Refusal.Of(RefusalKind.NotFound, "name", "unknown-service", $"There is no service {key}.");
            context.Response.Headers.ETag = Preconditions.ETag(service.Version);
            await context.WriteLargeJsonAsync(ServiceAnswers.ToAnswer(service, service.Instances),
                RestJson.Readable.ServiceAnswer).ConfigureAwait(false);
            return null;
        });
    }
}
