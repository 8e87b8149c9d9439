using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Net.Client;
using Mesh.Contracts.Resilience;
using Mesh.DataPlane.Incidents;
using Mesh.Tests.Proxy.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using V1 = Mesh.Contracts.V1;

namespace Mesh.Tests.DataPlane;

public class IncidentReporterTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private readonly IncidentBook _book = new();
    private readonly Service _service = new();
    private IncidentReporter _reporter = null!;
    private TestUpstream _server = null!;
    private GrpcChannel _channel = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await TestUpstream.Start(protocols: HttpProtocols.Http2, build: builder =>
        {
            builder.Services.AddGrpc();
            builder.Services.AddSingleton(_service);
        }, map: app => app.MapGrpcService<Service>());
        _channel = GrpcChannel.ForAddress($"http://127.0.0.1:{_server.Port}");
        _reporter = new IncidentReporter(_book, "gateway@here", _time, NullLogger.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _channel.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task What_is_not_taken_is_kept_and_told_later_with_what_has_come_since()
    {
        _book.Add("shop", IncidentKinds.InstanceEjected, 2, "a");
        _book.Add("shop", IncidentKinds.BulkheadRejected, 40, "");
        _service.Answer = _ => new V1.ReportIncidentsReply { Taken = { IncidentKinds.InstanceEjected }, RetryAfterMs = 5_000 };
        await Tell();
        Assert.Equal("shop/ bulkhead-rejected 40, instance-ejected 2", _service.Said.Single());
        _book.Add("shop", IncidentKinds.BulkheadRejected, 2, "");
        _time.Advance(TimeSpan.FromSeconds(4));
        await Tell();
        Assert.Single(_service.Said);
        _time.Advance(TimeSpan.FromSeconds(2));
        _service.Answer = All;
        await Tell();
        Assert.Equal("shop/ bulkhead-rejected 42", _service.Said.Last());
        await Tell();
        Assert.Equal(2, _service.Said.Count);
    }

    [Fact]
    public async Task A_report_without_an_answer_is_repeated_as_it_was_under_its_key()
    {
        _book.Add("shop.prod", IncidentKinds.CircuitOpened, 1, "a");
        _service.Answer = _ => throw new RpcException(new Status(StatusCode.Unavailable, "the log cannot be written"));
        await Tell();
        _book.Add("shop.prod", IncidentKinds.CircuitOpened, 1, "b");
        await Tell();
        Assert.Single(_service.Said);
        _service.Answer = All;
        _time.Advance(TimeSpan.FromSeconds(2));
        await Tell();
        await Tell();
        Assert.Equal(["shop/prod circuit-opened 1", "shop/prod circuit-opened 1", "shop/prod circuit-opened 1"], _service.Said);
        Assert.Equal([true, false], _service.Keys.Zip(_service.Keys.Skip(1), (one, next) => one == next));
        Assert.Equal(["data-plane:gateway@here"], _service.Actors.Distinct());
    }

    [Fact]
    public async Task While_there_is_no_control_plane_everything_is_kept_and_one_that_refuses_is_not_asked_again()
    {
        _book.Add("shop", IncidentKinds.CircuitOpened, 1, "");
        await _reporter.TellAsync(null, Cancel);
        Assert.Equal(["shop"], _book.Services);
        _service.Answer = _ => throw new RpcException(new Status(StatusCode.NotFound, "no such service"));
        await Tell();
        Assert.Empty(_book.Services);
        _time.Advance(TimeSpan.FromMinutes(2));
        await Tell();
        Assert.Single(_service.Said);
    }

    [Fact]
    public async Task One_service_whose_reports_cannot_be_taken_keeps_no_other_from_being_told()
    {
        _book.Add("broken", IncidentKinds.CircuitOpened, 1, "");
        _service.Answer = request => request.Service == "broken"
            ? throw new RpcException(new Status(StatusCode.Unavailable, "quarantined"))
            : All(request);
        await Tell();
        _book.Add("shop", IncidentKinds.CircuitOpened, 1, "");
        _time.Advance(TimeSpan.FromSeconds(2));
        await Tell();
        Assert.Equal(["broken/ circuit-opened 1", "shop/ circuit-opened 1", "broken/ circuit-opened 1"], _service.Said);
        _service.Answer = All;
        _time.Advance(TimeSpan.FromSeconds(2));
        await Tell();
        Assert.Equal("broken/ circuit-opened 1", _service.Said.Last());
        Assert.Equal(_service.Keys.First(), _service.Keys.Last());
        Assert.Empty(_book.Services);
    }

    private static V1.ReportIncidentsReply All(V1.ReportIncidentsRequest request) =>
        new() { Taken = { request.Incidents.Select(incident => incident.Kind) } };

    private Task Tell() => _reporter.TellAsync(_channel.CreateCallInvoker(), Cancel);

    internal sealed class Service : V1.Resilience.ResilienceBase
    {
        public ConcurrentQueue<string> Said { get; } = new();

        public ConcurrentQueue<string> Keys { get; } = new();

        public ConcurrentQueue<string> Actors { get; } = new();

        public Func<V1.ReportIncidentsRequest, V1.ReportIncidentsReply> Answer { get; set; } = All;

        public override Task<V1.ReportIncidentsReply> ReportIncidents(V1.ReportIncidentsRequest request, ServerCallContext context)
        {
            Said.Enqueue(
                $"{request.Service}/{request.Namespace} {string.Join(", ", request.Incidents.Select(i => $"{i.Kind} {i.Count}"))}");
            Keys.Enqueue(context.RequestHeaders.GetValue("idempotency-key")!);
            Actors.Enqueue(context.RequestHeaders.GetValue("mesh-actor")!);
            return Task.FromResult(Answer(request));
        }
    }
}
