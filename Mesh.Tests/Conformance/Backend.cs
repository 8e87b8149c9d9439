using System.Collections.Concurrent;
using Mesh.Tests.Proxy.Support;
using Mesh.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Mesh.Tests.Conformance;

/// <summary>A request as an instance got it.</summary>
internal sealed record SeenRequest(string Method, string Path, string Host, IReadOnlyDictionary<string, string> Headers);

/// <summary>
/// A real instance of a service: takes any path, over HTTP/1.1 or as any gRPC method, and says who it is. It can be stopped and come back
/// at its port.
/// </summary>
internal sealed class Backend(string name, bool grpc) : IAsyncDisposable
{
    private TestUpstream? _server;
    private volatile TaskCompletionSource? _gate;
    private int _underWay;

    public string Name => name;

    /// <summary>
    /// Its own from the beginning, and from below the range of outgoing connections: none of those takes it while the instance is
    /// unavailable.
    /// </summary>
    public int Port { get; } = FreePort.Next();

    /// <summary>How it answers from now on.</summary>
    public Outcome Says { get; set; } = Outcome.Ok;

    public ConcurrentQueue<SeenRequest> Seen { get; } = new();

    /// <summary>Requests that have come in and have no answer yet.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    public async Task Start()
    {
        _server = await TestUpstream.Start(Handle, grpc ? HttpProtocols.Http2 : HttpProtocols.Http1, Port);
    }

    public async Task Stop()
    {
        if (_server is { } server) await server.DisposeAsync();
        _server = null;
    }

    /// <summary>Answers nothing until <see cref="Release"/>.</summary>
    public void Hold() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => Interlocked.Exchange(ref _gate, null)?.SetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await Stop();
    }

    private async Task Handle(HttpContext context)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            var request = context.Request;
            Seen.Enqueue(
                new SeenRequest(request.Method, request.Path, request.Host.Value ?? "",
                    request.Headers.ToDictionary(h => h.Key.ToLowerInvariant(), h => h.Value.ToString())));
            await request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            if (_gate is { } gate) await gate.Task.WaitAsync(context.RequestAborted);
            context.Response.Headers[CallResult.ServerHeader] = name;
            context.Response.Headers["x-secret"] = "of the instance";
            if (grpc) await Grpc(context.Response);
            else context.Response.StatusCode = Outcomes.ToHttp(Says);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private async Task Grpc(HttpResponse response)
    {
        response.ContentType = "application/grpc";
        var status = $"{Outcomes.ToGrpc(Says)}";
        if (Says != Outcome.Ok)
        {
            // Headers alone, as servers answer that have nothing but a status to say.
            response.Headers["grpc-status"] = status;
            response.Headers["grpc-message"] = $"{name} says {Says}";
            return;
        }

        // One empty message: not compressed, no bytes.
        await response.Body.WriteAsync(new byte[5]);
        response.AppendTrailer("grpc-status", status);
    }
}
