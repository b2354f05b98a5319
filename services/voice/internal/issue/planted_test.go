package issue_test

// planted are complaints as customers write them, those of one issue below each other, of the product that is named.
var planted = []struct {
	code  string
	texts []string
}{
	{"TV-55", []string{
		"电视开机后屏幕不亮，只有声音", "屏幕不亮，有声音没有图像", "55寸电视买了两周屏幕就不亮了，声音正常", "电视机屏幕黑屏不亮，能听到声音", "開機後螢幕不亮，只有聲音沒有圖像",
		"客户反映电视屏幕不亮但有声音，请尽快处理", "你们的电视屏幕突然不亮，只剩声音", "屏幕不亮了，遥控器换台还有声音",
	}},
	{"TV-55", []string{
		"遥控器按键失灵，更换电池也没用", "电视遥控器失灵，换了电池还是不行", "遥控器按键没反应，电池是新的", "遙控器按鍵失靈，換電池沒用", "遥控器用了三天按键失灵", "遥控器按键失灵需要更换",
	}},
	{"WM-8", []string{
		"洗衣机脱水时噪音很大，整机晃动", "脱水噪音大，洗衣机晃动厉害", "洗衣机脱水的时候声音像飞机，噪音太大，还会晃动", "洗衣機脫水噪音很大", "洗衣机甩干脱水噪音大晃动移位", "脱水时晃动，噪音特别大，邻居都投诉了",
	}},
	{"WM-8", []string{
		"洗衣机底部漏水，地板都湿了", "洗衣机漏水，从底部流出来", "洗衣機底部漏水嚴重", "新买的洗衣机底部漏水", "洗衣机排水管处底部漏水，地板泡坏", "底部漏水，洗衣机一开就漏",
	}},
	{"RF-300", []string{
		"冰箱冷藏室不制冷，食物都坏了", "冰箱不制冷，冷藏室温度很高", "冷藏室不制冷，冰箱压缩机不工作", "冰箱冷藏室不製冷", "冰箱用了一年冷藏不制冷，食物变质", "报修：冰箱冷藏室完全不制冷",
	}},
	{"", []string{
		"发票抬头开错了，要求重开发票", "增值税发票抬头错误，请重开", "發票抬頭開錯，請重新開發票", "发票抬头写错了，麻烦重开一张发票", "贵司开的发票抬头有误，需要重开", "发票抬头与合同不符，要求重开发票",
	}},
	{"", []string{
		"送货延迟三天，一直没有收到货", "货物配送延迟，承诺日期没有送到", "送货延迟，客服说没有车", "訂單送貨延遲，一直沒收到貨", "送货延迟一周，影响我们生产", "配送延迟，货一直没送到",
	}},
	{"PM-20", []string{
		"The pump is leaking oil at the shaft seal", "Oil leaks from the shaft seal of the pump after two weeks", "Pump shaft seal leaking, oil on the floor", "oil leakage at shaft seal",
		"Shaft seal of our new pump leaks oil heavily", "We found oil leaking from the pump's shaft seal again",
	}},
	{"PM-20", []string{
		"Pump motor overheats and trips the breaker", "The motor of the pump is overheating and the breaker trips", "motor overheating, breaker tripped three times today",
		"Pump motor overheated after one hour, breaker trips", "Overheating motor keeps tripping the breaker",
	}},
	{"CH-1", []string{
		"Charger stops charging the battery at 50 percent", "battery charging stops at half, the charger blinks red", "The charger stopped charging our battery at 50%",
		"Charger blinking red and battery not charging beyond 50 percent", "charger stops at 50 percent, battery never fully charged",
	}},
	{"", []string{
		"Invoice shows the wrong delivery address", "The delivery address on the invoice is wrong", "wrong delivery address printed on our invoices", "Please correct the delivery address on the invoice",
		"invoice has a wrong address for delivery",
	}},
	{"SW-2", []string{
		"App crashes when exporting the monthly report", "the app crashed while exporting a monthly report to excel", "Exporting monthly reports crashes the app", "App crash on export of the monthly report",
		"every time I export the monthly report the app crashes",
	}},
	{"AC-35", []string{
		"空调室内机滴水，滴到床上", "空调内机滴水严重", "空調室內機滴水", "空调滴水，室内机下面都是水", "室内机滴水，安装后第二天就开始", "卧室空调室内机一直滴水",
	}},
	{"AC-35", []string{
		"空调遥控安装师傅态度恶劣还乱收费", "安装师傅乱收费，态度很差", "空调安装师傅态度恶劣，额外收费三百元", "師傅安裝空調亂收費態度差", "安装人员乱收费，师傅态度恶劣",
	}},
}

// noise are things that are said once.
var noise = []string{
	"希望增加夜间值班电话", "请问贵公司有没有以旧换新活动", "包装盒压坏了一个角", "说明书没有英文版", "想了解一下经销商政策", "合同附件第三页缺少盖章", "培训教材印刷模糊", "门店停车位太少",
	"会员积分何时到账", "展会样品什么时候寄回", "感谢张工及时上门服务", "建议在官网提供图纸下载", "报价单有效期太短", "电话总是占线打不通", "收到的赠品与宣传不同",
	"Can you deliver to our Hamburg plant?", "We would like a training for our new operators", "Great support from your field engineer", "Please send the certificate of origin",
	"The packaging foam is hard to recycle", "Need a quotation for spare gaskets", "Your hotline music is too loud", "Suggest a bigger font on the display", "When will model X be discontinued?",
	"How can we return the demo unit?",
}
