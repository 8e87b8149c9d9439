using Mesh.Bench.Running;

namespace Mesh.Bench.Gateway;

/// <summary>
/// The proxies beside ours, each with one route that strips <c>/tiny</c>, kept-alive upstream connections and no access log.
/// </summary>
internal sealed class Peers : IAsyncDisposable
{
    private readonly List<Child> _children = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("mesh-bench-peers-").FullName;

    /// <summary>Starts the upstream of all; gives its URL without a slash at the end.</summary>
    public async Task<string> UpstreamAsync(CancellationToken cancellationToken)
    {
        var port = Machine.FreePort();
        var child = Machine.Find("nginx") is { } nginx
            ? Nginx(nginx, "upstream",
                $"keepalive_requests 1000000; server {{ listen 127.0.0.1:{port} reuseport; location / {{ return 200 'ok'; }} }}")
            : Child.Start(Environment.ProcessPath!, ["tiny-backend", $"{port}"]);
        _children.Add(child);
        await child.ReadyAsync($"http://127.0.0.1:{port}/", cancellationToken);
        return $"http://127.0.0.1:{port}";
    }

    /// <summary>Starts all with the one route.</summary>
    public async Task<List<(string Name, string Url, int Pid)>> StartAsync(string upstream, CancellationToken cancellationToken)
    {
        var peers = new List<(string, string, int)>();
        await AddAsync(peers, "bare YARP", port => BareYarp(port, upstream), "/tiny/", cancellationToken);
        if (Machine.Find("nginx") is { } nginx)
            await AddAsync(peers, "nginx",
                port => NginxProxy(nginx, port, upstream,
                    "location /tiny/ { proxy_pass http://tiny/; proxy_http_version 1.1; proxy_set_header Connection ''; }"), "/tiny/",
                    cancellationToken);
        if (Machine.Find("haproxy") is { } haproxy)
            await AddAsync(peers, "haproxy", port => HaproxyProxy(haproxy, port, upstream, "tiny", "default_backend b"), "/tiny/",
                cancellationToken);
        return peers;
    }

    /// <summary>Starts bare YARP with one route, the others with each of the tables.</summary>
    public async Task<List<(string Name, string Url, int Pid)>> StartAsync(string upstream, IReadOnlyList<ManyRoutes> tables,
        CancellationToken cancellationToken)
    {
        var peers = new List<(string, string, int)>();
        await AddAsync(peers, "bare YARP", port => BareYarp(port, upstream), "/tiny/", cancellationToken);
        foreach (var table in tables)
        {
            if (Machine.Find("nginx") is { } nginx)
                await AddAsync(peers, RouteTableBench.Name("nginx", table),
                    port => NginxProxy(nginx, port, upstream, table.Locations("tiny")), table.LatePath, cancellationToken);
        }

        foreach (var table in tables)
        {
            if (Machine.Find("haproxy") is not { } haproxy) continue;
            var (exact, prefixes) = (Path.Combine(_folder, $"{table.Service}.exact"), Path.Combine(_folder, $"{table.Service}.prefixes"));
            var maps = table.Maps("b");
            await File.WriteAllTextAsync(exact, maps.Exact, cancellationToken);
            await File.WriteAllTextAsync(prefixes, maps.Prefixes, cancellationToken);
            await AddAsync(peers, RouteTableBench.Name("haproxy", table), port => HaproxyProxy(haproxy, port, upstream, table.Service,
                $"use_backend b if {{ path,map_str({exact}) -m found }}\n    use_backend b if {{ path,map_beg({prefixes}) -m found }}"),
                table.LatePath, cancellationToken);
        }

        return peers;
    }

    /// <summary>Starts the proxies that each do a part of what the gateway does.</summary>
    public async Task<List<(string Name, string Url, int Pid)>> StagesAsync(string upstream, CancellationToken cancellationToken)
    {
        var peers = new List<(string, string, int)>();
        foreach (var (argument, name) in Stages.All)
            await AddAsync(peers, name, port => Child.Start(Environment.ProcessPath!, ["stage", argument, $"{port}", upstream]), "/tiny/",
                cancellationToken);
        await AddAsync(peers, "bare YARP", port => BareYarp(port, upstream), "/tiny/", cancellationToken);
        return peers;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var child in _children) await child.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task AddAsync(List<(string, string, int)> peers, string name, Func<int, Child> start, string path,
        CancellationToken cancellationToken)
    {
        var port = Machine.FreePort();
        var child = start(port);
        _children.Add(child);
        await child.ReadyAsync($"http://127.0.0.1:{port}{path}", cancellationToken);
        peers.Add((name, $"http://127.0.0.1:{port}{path}", child.Id));
    }

    private static Child BareYarp(int port, string upstream) => Child.Start(Environment.ProcessPath!, ["bare-yarp", $"{port}", upstream]);

    private Child NginxProxy(string nginx, int port, string upstream, string locations) => Nginx(nginx, $"proxy-{port}",
        $"keepalive_requests 1000000; upstream tiny {{ server {new Uri(upstream).Authority}; keepalive 64; keepalive_requests 1000000; "
            + $"}} server {{ listen 127.0.0.1:{port}; {locations} }}");

    private Child HaproxyProxy(string haproxy, int port, string upstream, string cutOff, string choice)
    {
        var path = Path.Combine(_folder, $"haproxy-{port}.cfg");
        File.WriteAllText(path, $"""
            global
                nbthread 2
            defaults
                mode http
                timeout connect 5s
                timeout client 30s
                timeout server 30s
                option http-keep-alive
            frontend f
                bind 127.0.0.1:{port}
                {choice}
            backend b
                http-request replace-path /{cutOff}(.*) \1
                server s {new Uri(upstream).Authority}

            """);
        return Child.Start(haproxy, ["-db", "-f", path]);
    }

    private Child Nginx(string nginx, string name, string http)
    {
        var path = Path.Combine(_folder, name + ".conf");
        File.WriteAllText(path, $$"""
            daemon off;
            worker_processes 2;
            pid {{_folder}}/{{name}}.pid;
            error_log stderr crit;
            events { worker_connections 1024; }
            http {
                access_log off; client_body_temp_path {{_folder}}/{{name}}-body; proxy_temp_path {{_folder}}/{{name}}-proxy;
                fastcgi_temp_path {{_folder}}/{{name}}-f; uwsgi_temp_path {{_folder}}/{{name}}-u; scgi_temp_path {{_folder}}/{{name}}-s;
                {{http}}
            }

            """);
        return Child.Start(nginx, ["-c", path, "-p", _folder]);
    }
}
